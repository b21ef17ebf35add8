package iai;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Collectors;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.api.java.tuple.Tuple3;
import org.apache.flink.runtime.state.KeyGroupRangeAssignment;
import org.apache.flink.runtime.state.StateInitializationContext;
import org.apache.flink.runtime.state.VoidNamespace;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.BoundedOneInput;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.kafka.common.utils.Utils;

/**
 * Hands records to the steps in batches and keeps their states. The states live in V8; before a checkpoint's
 * barrier leaves, what changed becomes keyed state, so that outputs and states belong to the same checkpoint and
 * states follow their keys when the parallelism changes.
 */
final class StepOperator extends AbstractStreamOperator<Tuple3<String, String, String>>
    implements OneInputStreamOperator<Tuple2<String, String>, Tuple3<String, String, String>>, BoundedOneInput {
  private static final int BATCH = 200;
  private static final long LINGER_MS = 20;
  /** Records that wait for a configuration to arrive; beyond, the next ones are taken slowly. */
  private static final int WAITING = 2_000;
  private static final long SLOWLY_MS = 50;

  private final String job;
  private final String options;
  private final int partitions;
  private transient StepEngine engine;
  private transient ValueState<String> device;
  private transient ListState<String> shared;
  private transient StringBuilder pending;
  private transient int count;
  private transient boolean isTimed;

  StepOperator(String job, String options, int partitions) {
    this.job = job;
    this.options = options;
    this.partitions = partitions;
  }

  @Override
  public void initializeState(StateInitializationContext context) throws Exception {
    super.initializeState(context);
    pending = new StringBuilder();
    device = context.getKeyedStateStore().getState(new ValueStateDescriptor<>("device", Types.STRING));
    shared = context.getOperatorStateStore().getUnionListState(new ListStateDescriptor<>("shared", Types.STRING));
    engine = new StepEngine(getUserCodeClassloader(), this::find, this::place);
    engine.call("open", job, options);
    for (String one : shared.get()) if (!one.isEmpty()) engine.call("restore", one);
    List<String> keys = getKeyedStateBackend().<VoidNamespace>getKeys("device", VoidNamespace.INSTANCE)
        .map(Object::toString).collect(Collectors.toList());
    for (String key : keys) engine.call("load", StepEngine.frame("s", key, find(key)));
    engine.call("begin");
  }

  @Override
  public void processElement(StreamRecord<Tuple2<String, String>> line) throws Exception {
    pending.append(line.getValue().f1);
    if (++count >= BATCH) drain();
    else if (!isTimed) {
      isTimed = true;
      long at = getProcessingTimeService().getCurrentProcessingTime() + LINGER_MS;
      getProcessingTimeService().registerTimer(at, time -> {
        isTimed = false;
        drain();
      });
    }
  }

  @Override
  public void processWatermark(Watermark mark) throws Exception {
    drain();
    super.processWatermark(mark);
  }

  @Override
  public void endInput() throws Exception {
    drain();
  }

  @Override
  public void prepareSnapshotPreBarrier(long checkpointId) throws Exception {
    drain();
    StepEngine.eachFrame(engine.call("flush"), (target, key, state) -> {
      setCurrentKey(key);
      device.update(state);
    });
    shared.update(List.of(engine.call("shared")));
  }

  @Override
  public void close() throws Exception {
    if (engine != null) engine.close();
    super.close();
  }

  private void drain() throws Exception {
    if (count == 0) return;
    String outputs = engine.call("batch", pending.toString());
    pending.setLength(0);
    count = 0;
    StepEngine.eachFrame(outputs,
        (target, key, value) -> output.collect(new StreamRecord<>(Tuple3.of(target, key, value))));
    if (Integer.parseInt(engine.call("waiting")) > WAITING) Thread.sleep(SLOWLY_MS);
  }

  /** For the steps: the keyed state of a device that is not in V8. */
  private String find(String key) throws Exception {
    setCurrentKey(key);
    String state = device.value();
    return state == null ? "" : state;
  }

  /** For the steps: the raw partition of a device whose key belongs to this subtask, else −1. */
  private String place(String key) {
    int parallelism = getRuntimeContext().getTaskInfo().getNumberOfParallelSubtasks();
    int owner = KeyGroupRangeAssignment.assignKeyToParallelOperator(key, IaiJob.MAX_PARALLELISM, parallelism);
    if (owner != getRuntimeContext().getTaskInfo().getIndexOfThisSubtask()) return "-1";
    byte[] bytes = key.getBytes(StandardCharsets.UTF_8);
    return Integer.toString(Utils.toPositive(Utils.murmur2(bytes)) % partitions);
  }
}
