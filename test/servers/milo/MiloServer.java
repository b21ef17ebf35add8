import static org.eclipse.milo.opcua.sdk.server.OpcUaServerConfig.USER_TOKEN_POLICY_ANONYMOUS;
import static org.eclipse.milo.opcua.sdk.server.OpcUaServerConfig.USER_TOKEN_POLICY_USERNAME;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.Security;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.eclipse.milo.opcua.sdk.core.AccessLevel;
import org.eclipse.milo.opcua.sdk.core.Reference;
import org.eclipse.milo.opcua.sdk.server.EndpointConfig;
import org.eclipse.milo.opcua.sdk.server.Lifecycle;
import org.eclipse.milo.opcua.sdk.server.ManagedNamespaceWithLifecycle;
import org.eclipse.milo.opcua.sdk.server.OpcUaServer;
import org.eclipse.milo.opcua.sdk.server.OpcUaServerConfig;
import org.eclipse.milo.opcua.sdk.server.identity.AnonymousIdentityValidator;
import org.eclipse.milo.opcua.sdk.server.identity.CompositeValidator;
import org.eclipse.milo.opcua.sdk.server.identity.UsernameIdentityValidator;
import org.eclipse.milo.opcua.sdk.server.items.DataItem;
import org.eclipse.milo.opcua.sdk.server.items.MonitoredItem;
import org.eclipse.milo.opcua.sdk.server.nodes.UaFolderNode;
import org.eclipse.milo.opcua.sdk.server.nodes.UaVariableNode;
import org.eclipse.milo.opcua.stack.core.NodeIds;
import org.eclipse.milo.opcua.stack.core.StatusCodes;
import org.eclipse.milo.opcua.stack.core.security.CertificateValidator;
import org.eclipse.milo.opcua.stack.core.security.DefaultApplicationGroup;
import org.eclipse.milo.opcua.stack.core.security.DefaultCertificateManager;
import org.eclipse.milo.opcua.stack.core.security.KeyStoreCertificateStore;
import org.eclipse.milo.opcua.stack.core.security.MemoryCertificateQuarantine;
import org.eclipse.milo.opcua.stack.core.security.MemoryTrustListManager;
import org.eclipse.milo.opcua.stack.core.security.RsaSha256CertificateFactory;
import org.eclipse.milo.opcua.stack.core.security.SecurityPolicy;
import org.eclipse.milo.opcua.stack.core.transport.TransportProfile;
import org.eclipse.milo.opcua.stack.core.types.builtin.DataValue;
import org.eclipse.milo.opcua.stack.core.types.builtin.DateTime;
import org.eclipse.milo.opcua.stack.core.types.builtin.LocalizedText;
import org.eclipse.milo.opcua.stack.core.types.builtin.NodeId;
import org.eclipse.milo.opcua.stack.core.types.builtin.StatusCode;
import org.eclipse.milo.opcua.stack.core.types.builtin.Variant;
import org.eclipse.milo.opcua.stack.core.types.enumerated.MessageSecurityMode;
import org.eclipse.milo.opcua.stack.core.util.SelfSignedCertificateBuilder;
import org.eclipse.milo.opcua.stack.transport.server.tcp.OpcTcpServerTransport;
import org.eclipse.milo.opcua.stack.transport.server.tcp.OpcTcpServerTransportConfig;

/**
 * An OPC-UA server of Milo, and a second port with commands, one a line, each answered by one line:
 * `set NODE VALUE STATUS SOURCE_MS`, `end-sessions`, `load TAGS EVERY_MS`.
 */
public class MiloServer {
  static final String URI = "urn:iai:test:milo";
  static final String NAMESPACE = "urn:iai:test:plant";

  public static void main(String[] words) throws Exception {
    // RSA-PSS of the newest policy is not in every Java.
    Security.addProvider(new BouncyCastleProvider());
    int port = Integer.parseInt(words[0]);
    int controlPort = Integer.parseInt(words[1]);
    Path folder = Path.of(words[2]);
    String password = words[3];
    OpcUaServer server = createServer(port, folder, password);
    Plant plant = new Plant(server);
    plant.startup();
    server.startup().get();
    try (ServerSocket control = new ServerSocket(controlPort, 50, InetAddress.getLoopbackAddress())) {
      while (true) {
        var socket = control.accept();
        try (socket;
            var reader =
                new BufferedReader(
                    new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8))) {
          String line = reader.readLine();
          if (line == null) continue;
          String answer;
          try {
            answer = obey(server, plant, line.split(" "));
          } catch (Exception failure) {
            answer = "failure " + failure;
          }
          socket.getOutputStream().write((answer + "\n").getBytes(StandardCharsets.UTF_8));
        }
      }
    }
  }

  static String obey(OpcUaServer server, Plant plant, String[] words) {
    switch (words[0]) {
      case "set" -> plant.set(words[1], words[2], words[3], Long.parseLong(words[4]));
      case "end-sessions" ->
          server.getSessionManager().getAllSessions().forEach(
              session -> server.getSessionManager().killSession(session.getSessionId(), true));
      case "load" -> plant.load(Integer.parseInt(words[1]), Long.parseLong(words[2]));
      default -> throw new IllegalArgumentException(words[0]);
    }
    return "done";
  }

  static OpcUaServer createServer(int port, Path folder, String password) throws Exception {
    Files.createDirectories(folder);
    char[] secret = "suites".toCharArray();
    var store =
        KeyStoreCertificateStore.createAndInitialize(
            new KeyStoreCertificateStore.Settings(
                folder.resolve("server.pfx"), () -> secret, alias -> secret));
    var factory =
        new RsaSha256CertificateFactory() {
          @Override
          protected X509Certificate[] createRsaSha256CertificateChain(KeyPair pair)
              throws Exception {
            var builder =
                new SelfSignedCertificateBuilder(pair)
                    .setCommonName("Milo of the suites")
                    .setApplicationUri(URI)
                    .addIpAddress("127.0.0.1");
            return new X509Certificate[] {builder.build()};
          }
        };
    var group =
        DefaultApplicationGroup.createAndInitialize(
            new MemoryTrustListManager(),
            store,
            factory,
            new CertificateValidator.InsecureCertificateValidator());
    X509Certificate certificate =
        group.getCertificateChain(NodeIds.RsaSha256ApplicationCertificateType).orElseThrow()[0];
    Files.write(folder.resolve("server.der"), certificate.getEncoded());
    Set<EndpointConfig> endpoints = new java.util.LinkedHashSet<>();
    for (SecurityPolicy policy :
        List.of(
            SecurityPolicy.None,
            SecurityPolicy.Basic256Sha256,
            SecurityPolicy.Aes128_Sha256_RsaOaep,
            SecurityPolicy.Aes256_Sha256_RsaPss)) {
      boolean isOpen = policy == SecurityPolicy.None;
      var builder =
          EndpointConfig.newBuilder()
              .setTransportProfile(TransportProfile.TCP_UASC_UABINARY)
              .setBindAddress("127.0.0.1")
              .setBindPort(port)
              .setHostname("127.0.0.1")
              .setPath("/plant")
              .setCertificate(certificate)
              .setSecurityPolicy(policy)
              .setSecurityMode(isOpen ? MessageSecurityMode.None : MessageSecurityMode.SignAndEncrypt)
              .addTokenPolicies(USER_TOKEN_POLICY_ANONYMOUS, USER_TOKEN_POLICY_USERNAME);
      endpoints.add(builder.build());
    }
    var config =
        OpcUaServerConfig.builder()
            .setApplicationUri(URI)
            .setApplicationName(LocalizedText.english("Milo of the suites"))
            .setProductUri(URI)
            .setEndpoints(endpoints)
            .setCertificateManager(
                new DefaultCertificateManager(new MemoryCertificateQuarantine(), group))
            .setIdentityValidator(
                new CompositeValidator(
                    AnonymousIdentityValidator.INSTANCE,
                    new UsernameIdentityValidator(
                        challenge ->
                            challenge.getUsername().equals("iai")
                                && challenge.getPassword().equals(password))))
            .build();
    return new OpcUaServer(
        config,
        profile ->
            new OpcTcpServerTransport(OpcTcpServerTransportConfig.newBuilder().build()));
  }

  /** Two pumps; what changes is told at once to whoever watches it. */
  static class Plant extends ManagedNamespaceWithLifecycle {
    final Map<NodeId, UaVariableNode> variables = new ConcurrentHashMap<>();
    final Map<NodeId, List<DataItem>> watchers = new ConcurrentHashMap<>();

    Plant(OpcUaServer server) {
      super(server, NAMESPACE);
      getLifecycleManager()
          .addLifecycle(
              new Lifecycle() {
                @Override
                public void startup() {
                  for (String pump : List.of("PUMP_01", "PUMP_02")) {
                    UaFolderNode folder = folder(pump);
                    for (String name : List.of("temperature", "pressure", "flow"))
                      variable(folder, pump + "." + name, name);
                  }
                }

                @Override
                public void shutdown() {}
              });
    }

    UaFolderNode folder(String name) {
      var folder =
          new UaFolderNode(
              getNodeContext(), newNodeId(name), newQualifiedName(name), LocalizedText.english(name));
      getNodeManager().addNode(folder);
      folder.addReference(
          new Reference(
              folder.getNodeId(), NodeIds.Organizes, NodeIds.ObjectsFolder.expanded(), false));
      return folder;
    }

    UaVariableNode variable(UaFolderNode folder, String id, String name) {
      var node =
          new UaVariableNode.UaVariableNodeBuilder(getNodeContext())
              .setNodeId(newNodeId(id))
              .setBrowseName(newQualifiedName(name))
              .setDisplayName(LocalizedText.english(name))
              .setDataType(NodeIds.Double)
              .setAccessLevel(AccessLevel.READ_ONLY)
              .setUserAccessLevel(AccessLevel.READ_ONLY)
              .setTypeDefinition(NodeIds.BaseDataVariableType)
              .build();
      node.setValue(new DataValue(Variant.ofNull(), new StatusCode(StatusCodes.Bad_WaitingForInitialData)));
      getNodeManager().addNode(node);
      folder.addOrganizes(node);
      variables.put(node.getNodeId(), node);
      return node;
    }

    void set(String id, String text, String status, long sourceMs) {
      var code =
          switch (status) {
            case "Good" -> StatusCode.GOOD;
            case "BadSensorFailure" -> new StatusCode(StatusCodes.Bad_SensorFailure);
            case "UncertainLastUsableValue" ->
                new StatusCode(StatusCodes.Uncertain_LastUsableValue);
            case "BadWaitingForInitialData" ->
                new StatusCode(StatusCodes.Bad_WaitingForInitialData);
            default -> throw new IllegalArgumentException(status);
          };
      Variant variant =
          switch (text) {
            case "null" -> Variant.ofNull();
            case "array" -> new Variant(new Double[] {1.0, 2.0});
            default -> new Variant(Double.valueOf(text));
          };
      put(newNodeId(id), variant, code, new DateTime(Instant.ofEpochMilli(sourceMs)));
    }

    void put(NodeId id, Variant variant, StatusCode status, DateTime source) {
      var value = new DataValue(variant, status, source, DateTime.now());
      UaVariableNode node = variables.get(id);
      if (node == null) throw new IllegalArgumentException(id.toString());
      node.setValue(value);
      for (DataItem item : watchers.getOrDefault(id, List.of())) item.setValue(value);
    }

    void load(int tags, long everyMs) {
      UaFolderNode folder = folder("LOAD");
      List<NodeId> ids = new ArrayList<>();
      for (int n = 0; n < tags; n += 1)
        ids.add(variable(folder, "LOAD." + n, "tag" + n).getNodeId());
      var turns = new long[] {0};
      Executors.newSingleThreadScheduledExecutor()
          .scheduleAtFixedRate(
              () -> {
                turns[0] += 1;
                var now = DateTime.now();
                for (int n = 0; n < ids.size(); n += 1)
                  put(ids.get(n), new Variant(turns[0] + n / 1e4), StatusCode.GOOD, now);
              },
              everyMs,
              everyMs,
              TimeUnit.MILLISECONDS);
    }

    @Override
    public void onDataItemsCreated(List<DataItem> items) {
      for (DataItem item : items) {
        NodeId id = item.getReadValueId().getNodeId();
        watchers.computeIfAbsent(id, key -> new CopyOnWriteArrayList<>()).add(item);
        UaVariableNode node = variables.get(id);
        if (node != null) item.setValue(node.getValue());
      }
    }

    @Override
    public void onDataItemsModified(List<DataItem> items) {}

    @Override
    public void onDataItemsDeleted(List<DataItem> items) {
      for (DataItem item : items)
        watchers.getOrDefault(item.getReadValueId().getNodeId(), new ArrayList<>()).remove(item);
    }

    @Override
    public void onMonitoringModeChanged(List<MonitoredItem> items) {}
  }
}
