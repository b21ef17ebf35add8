package iai;

import com.caoccao.javet.interop.NodeRuntime;
import com.caoccao.javet.interop.V8Host;
import com.caoccao.javet.interop.callback.IJavetDirectCallable.NoThisAndResult;
import com.caoccao.javet.interop.callback.JavetCallbackContext;
import com.caoccao.javet.interop.callback.JavetCallbackType;
import com.caoccao.javet.values.reference.V8ValueObject;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;

/** V8 with the bundle of the steps. Everything happens on the thread that made it; only text crosses. */
public final class StepEngine implements AutoCloseable {
  /** Something that the steps ask of their host. */
  public interface Answer {
    String to(String key) throws Exception;
  }

  /** Takes one frame. */
  public interface FrameTaker {
    void take(String letter, String key, String value) throws Exception;
  }

  private final NodeRuntime runtime;
  private final V8ValueObject steps;

  public StepEngine(ClassLoader loader, Answer find, Answer place) throws Exception {
    runtime = V8Host.getNodeInstance().createV8Runtime();
    try (V8ValueObject host = runtime.createV8ValueObject()) {
      bind(host, "find", find);
      bind(host, "place", place);
      runtime.getGlobalObject().set("javaHost", host);
    }
    try (InputStream bundle = loader.getResourceAsStream("iai/bundle.js")) {
      String script = new String(bundle.readAllBytes(), StandardCharsets.UTF_8);
      runtime.getExecutor(script + "\nglobalThis.iai = iai;").executeVoid();
    }
    steps = runtime.getGlobalObject().get("iai");
  }

  public String call(String name, Object... texts) throws Exception {
    return steps.invokeString(name, texts);
  }

  @Override
  public void close() throws Exception {
    steps.close();
    // The functions of the host are let go of by V8's collector alone.
    runtime.getGlobalObject().delete("javaHost");
    runtime.lowMemoryNotification();
    runtime.close();
  }

  private void bind(V8ValueObject host, String name, Answer answer) throws Exception {
    NoThisAndResult<Exception> function =
        arguments -> runtime.createV8ValueString(answer.to(arguments[0].asString()));
    host.bindFunction(new JavetCallbackContext(name, JavetCallbackType.DirectCallNoThisAndResult, function));
  }

  /** `letter key-length : value-length : key value` */
  public static String frame(String letter, String key, String value) {
    return letter + key.length() + ":" + value.length() + ":" + key + value;
  }

  public static void eachFrame(String text, FrameTaker taker) throws Exception {
    for (int at = 0; at < text.length(); ) {
      int first = text.indexOf(':', at);
      int second = text.indexOf(':', first + 1);
      int key = second + 1 + Integer.parseInt(text, at + 1, first, 10);
      int end = key + Integer.parseInt(text, first + 1, second, 10);
      taker.take(text.substring(at, at + 1), text.substring(second + 1, key), text.substring(key, end));
      at = end;
    }
  }
}
