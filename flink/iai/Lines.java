package iai;

import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.connector.kafka.source.reader.deserializer.KafkaRecordDeserializationSchema;
import org.apache.flink.runtime.state.KeyGroupRangeAssignment;
import org.apache.flink.util.Collector;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;

/**
 * A record as key and frame (src/wire/engine-frames.ts). What concerns every device, ticks and control, is sent
 * to every subtask, on the same channels as the readings: so a tick keeps its place in its partition's order.
 */
final class Lines implements KafkaRecordDeserializationSchema<Tuple2<String, String>> {
  private final String letter;
  /** A key for each subtask of the steps. */
  private final String[] everySubtask;

  Lines(String letter, int parallelism) {
    this.letter = letter;
    this.everySubtask = new String[parallelism];
    for (int found = 0, i = 0; found < parallelism; i++) {
      int subtask = KeyGroupRangeAssignment.assignKeyToParallelOperator(
          "#" + i, IaiJob.MAX_PARALLELISM, parallelism);
      if (everySubtask[subtask] == null) {
        everySubtask[subtask] = "#" + i;
        found++;
      }
    }
  }

  @Override
  public void deserialize(ConsumerRecord<byte[], byte[]> record, Collector<Tuple2<String, String>> out) {
    if (record.key() == null || record.value() == null) return;
    Charset charset = letter.equals("r") ? StandardCharsets.ISO_8859_1 : StandardCharsets.UTF_8;
    String key = new String(record.key(), StandardCharsets.UTF_8);
    String value = new String(record.value(), charset);
    Header header = record.headers().lastHeader("iai");
    String origin = header == null ? "" : new String(header.value(), StandardCharsets.ISO_8859_1);
    String frame = letter + record.partition() + ":" + record.offset() + ":" + origin.length() + ":"
        + key.length() + ":" + value.length() + ":" + origin + key + value;
    if (!letter.equals("c") && !key.startsWith("#")) out.collect(Tuple2.of(key, frame));
    else for (String subtask : everySubtask) out.collect(Tuple2.of(subtask, frame));
  }

  @Override
  public TypeInformation<Tuple2<String, String>> getProducedType() {
    return Types.TUPLE(Types.STRING, Types.STRING);
  }
}
