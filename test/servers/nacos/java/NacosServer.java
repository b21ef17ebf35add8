import com.alibaba.nacos.core.code.ControllerMethodsCache;
import com.alibaba.nacos.core.monitor.GrpcServerThreadPoolMonitor;
import com.alibaba.nacos.core.remote.grpc.GrpcClusterServer;
import com.alibaba.nacos.core.remote.grpc.GrpcSdkServer;
import com.alibaba.nacos.plugin.auth.exception.AccessException;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.web.servlet.ServletComponentScan;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.ComponentScan;
import org.springframework.context.annotation.FilterType;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.http.ResponseEntity;
import org.springframework.scheduling.annotation.EnableScheduling;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.RestControllerAdvice;

/** Starts the server modules of Nacos, which come without a main class of their own. */
@SpringBootConfiguration
@EnableAutoConfiguration
@EnableScheduling
@ServletComponentScan("com.alibaba.nacos")
@ComponentScan(
    basePackages = "com.alibaba.nacos",
    excludeFilters = {
        // The gRPC servers cannot be bound to loopback, and what is tested here speaks HTTP.
        @ComponentScan.Filter(
            type = FilterType.ASSIGNABLE_TYPE,
            classes = {GrpcSdkServer.class, GrpcClusterServer.class, GrpcServerThreadPoolMonitor.class}),
        // Each module's own application would look for components again, without these exclusions.
        @ComponentScan.Filter(type = FilterType.ANNOTATION, classes = SpringBootApplication.class)
    })
public class NacosServer {

    public static void main(String[] args) {
        SpringApplication.run(NacosServer.class, args);
    }

    /** Without it authorisation is silently off: the filter finds no method for any address. */
    @Bean
    Object knownMethods(ControllerMethodsCache methods) {
        methods.initClassMethod("com.alibaba.nacos.core.controller");
        methods.initClassMethod("com.alibaba.nacos.naming.controllers");
        methods.initClassMethod("com.alibaba.nacos.config.server.controller");
        methods.initClassMethod("com.alibaba.nacos.plugin.auth.impl.controller");
        return new Object();
    }

    @Bean
    Refusals refusals() {
        return new Refusals();
    }

    /** A wrong password is 403; the module that says so belongs to the console, which is not here. */
    @RestControllerAdvice
    @Order(Ordered.HIGHEST_PRECEDENCE)
    static class Refusals {
        @ExceptionHandler(AccessException.class)
        ResponseEntity<String> refuse(AccessException failure) {
            return ResponseEntity.status(403).body(failure.getErrMsg());
        }
    }
}
