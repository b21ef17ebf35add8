package iai;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.concurrent.ExecutionException;
import java.util.stream.Collectors;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.api.java.tuple.Tuple3;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.connector.base.DeliveryGuarantee;
import org.apache.flink.connector.kafka.sink.KafkaSink;
import org.apache.flink.connector.kafka.source.KafkaSource;
import org.apache.flink.connector.kafka.source.enumerator.initializer.OffsetsInitializer;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.errors.TopicExistsException;

/**
 * Runs one of the jobs of the bundle from Kafka to Kafka. Arguments are `name=value`:
 * job, name, group, inputs and outputs (`letter:topic,…`), checkpointMs, options (JSON for the steps),
 * partitions (of the raw topic), checkpointDir (where missing, the cluster's), kafka.&lt;property&gt;.
 */
public final class IaiJob {
  /** For ever: a state can only be restored with the same number. */
  static final int MAX_PARALLELISM = 128;

  public static void main(String[] args) throws Exception {
    Map<String, String> options = Arrays.stream(args).map(arg -> arg.split("=", 2))
        .collect(Collectors.toMap(part -> part[0], part -> part[1]));
    StreamExecutionEnvironment env = StreamExecutionEnvironment.getExecutionEnvironment();
    env.setMaxParallelism(MAX_PARALLELISM);
    env.enableCheckpointing(Long.parseLong(options.get("checkpointMs")));
    env.configure(checkpointsOf(options));
    StepOperator steps = new StepOperator(
        options.get("job"), options.get("options"), Integer.parseInt(options.get("partitions")));
    createDeadLetters(options);
    linesOf(env, options)
        .keyBy(line -> line.f0, Types.STRING)
        .transform(options.get("job"), Types.TUPLE(Types.STRING, Types.STRING, Types.STRING), steps)
        .uid("steps")
        .sinkTo(sinkOf(options)).uid("sink").name("kafka");
    env.execute(options.get("name"));
  }

  /** Each job has a folder of its own, so that its newest checkpoint is found when no job manager knows it. */
  private static Configuration checkpointsOf(Map<String, String> options) {
    Configuration configuration = new Configuration();
    configuration.setString("execution.checkpointing.storage", "filesystem");
    configuration.setString("execution.checkpointing.externalized-checkpoint-retention", "RETAIN_ON_CANCELLATION");
    if (options.containsKey("checkpointDir"))
      configuration.setString("execution.checkpointing.dir", options.get("checkpointDir"));
    return configuration;
  }

  /** `control` has one partition and one reader: its order is what the steps rely on. */
  private static DataStream<Tuple2<String, String>> linesOf(
      StreamExecutionEnvironment env, Map<String, String> options) {
    DataStream<Tuple2<String, String>> all = null;
    for (Map.Entry<String, String> input : lettersOf(options.get("inputs")).entrySet()) {
      String letter = input.getKey();
      KafkaSource<Tuple2<String, String>> source = KafkaSource.<Tuple2<String, String>>builder()
          .setProperties(kafkaOf(options)).setTopics(input.getValue())
          .setGroupId(options.get("group")).setStartingOffsets(OffsetsInitializer.earliest())
          .setDeserializer(new Lines(letter, env.getParallelism())).build();
      DataStream<Tuple2<String, String>> lines = env
          .fromSource(source, WatermarkStrategy.noWatermarks(), input.getValue())
          .setParallelism(letter.equals("c") ? 1 : env.getParallelism()).uid("source-" + letter);
      all = all == null ? lines : all.union(lines);
    }
    return all;
  }

  /** The bus makes the other topics. A job must not fail over the first record that it cannot use. */
  private static void createDeadLetters(Map<String, String> options) throws Exception {
    String topic = lettersOf(options.get("outputs")).get("d");
    try (Admin admin = Admin.create(kafkaOf(options))) {
      admin.createTopics(List.of(new NewTopic(topic, Optional.of(1), Optional.empty()))).all().get();
    } catch (ExecutionException failure) {
      if (!(failure.getCause() instanceof TopicExistsException)) throw failure;
    }
  }

  /** At least once: every record has an id of its own, so whoever reads recognises a repeat. */
  private static KafkaSink<Tuple3<String, String, String>> sinkOf(Map<String, String> options) {
    Map<String, String> topics = lettersOf(options.get("outputs"));
    return KafkaSink.<Tuple3<String, String, String>>builder()
        .setBootstrapServers(options.get("kafka.bootstrap.servers"))
        .setKafkaProducerConfig(kafkaOf(options))
        .setDeliveryGuarantee(DeliveryGuarantee.AT_LEAST_ONCE)
        .setRecordSerializer((output, context, time) -> new ProducerRecord<>(
            topics.get(output.f0), output.f1.getBytes(StandardCharsets.UTF_8),
            output.f2.getBytes(StandardCharsets.UTF_8)))
        .build();
  }

  private static Map<String, String> lettersOf(String list) {
    return Arrays.stream(list.split(",")).map(one -> one.split(":", 2))
        .collect(Collectors.toMap(part -> part[0], part -> part[1]));
  }

  private static Properties kafkaOf(Map<String, String> options) {
    Properties properties = new Properties();
    options.forEach((name, value) -> {
      if (name.startsWith("kafka.")) properties.setProperty(name.substring(6), value);
    });
    return properties;
  }
}
