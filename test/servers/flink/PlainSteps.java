import iai.StepEngine;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/**
 * The steps in V8 inside a JVM, without Flink: reads batches of frames from a file, writes what the steps
 * answer to each, then the states. Arguments: job, options, file of batches, file of answers.
 */
public final class PlainSteps {
  public static void main(String[] arguments) throws Exception {
    Map<String, String> states = new HashMap<>();
    try (StepEngine engine = new StepEngine(PlainSteps.class.getClassLoader(),
            key -> states.getOrDefault(key, ""), key -> "0");
        DataInputStream in = new DataInputStream(Files.newInputStream(Path.of(arguments[2])));
        DataOutputStream out = new DataOutputStream(Files.newOutputStream(Path.of(arguments[3])))) {
      engine.call("open", arguments[0], arguments[1]);
      engine.call("begin");
      long nanos = 0;
      for (int left = in.readInt(); left > 0; left--) {
        String batch = new String(in.readNBytes(in.readInt()), StandardCharsets.UTF_8);
        long begin = System.nanoTime();
        String answer = engine.call("batch", batch);
        StepEngine.eachFrame(engine.call("flush"), (target, key, state) -> states.put(key, state));
        nanos += System.nanoTime() - begin;
        write(out, answer);
      }
      for (String key : states.keySet().stream().sorted().toList()) write(out, key + states.get(key));
      System.out.println(nanos / 1_000_000 + " ms");
    }
  }

  private static void write(DataOutputStream out, String text) throws Exception {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    out.writeInt(bytes.length);
    out.write(bytes);
  }
}
