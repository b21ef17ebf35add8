package com.alipay.sofa.jraft.rpc.impl;

import com.alipay.sofa.jraft.rpc.RpcServer;
import com.alipay.sofa.jraft.util.Endpoint;
import com.alipay.sofa.jraft.util.SPI;
import io.grpc.Server;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.util.MutableHandlerRegistry;
import java.net.InetAddress;
import java.net.InetSocketAddress;

/** Binds the raft port, which asks nobody who he is, to loopback instead of every address. */
@SPI(priority = 100)
public final class LoopbackRaftRpcFactory extends GrpcRaftRpcFactory {

    @Override
    public RpcServer createRpcServer(Endpoint endpoint, ConfigHelper<RpcServer> helper) {
        InetSocketAddress address =
            new InetSocketAddress(InetAddress.getLoopbackAddress(), endpoint.getPort());
        MutableHandlerRegistry handlers = new MutableHandlerRegistry();
        Server server = NettyServerBuilder.forAddress(address)
            .fallbackHandlerRegistry(handlers)
            .directExecutor()
            .maxInboundMessageSize(RPC_MAX_INBOUND_MESSAGE_SIZE)
            .build();
        RpcServer rpcServer = new GrpcServer(server, handlers, parserClasses, getMarshallerRegistry());
        if (helper != null) helper.config(rpcServer);
        return rpcServer;
    }
}
