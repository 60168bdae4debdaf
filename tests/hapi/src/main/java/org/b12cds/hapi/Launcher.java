package org.b12cds.hapi;

import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.context.support.IValidationSupport;
import ca.uhn.fhir.interceptor.api.Hook;
import ca.uhn.fhir.interceptor.api.Interceptor;
import ca.uhn.fhir.interceptor.api.Pointcut;
import ca.uhn.fhir.jpa.api.config.JpaStorageSettings;
import ca.uhn.fhir.jpa.api.dao.IFhirSystemDao;
import ca.uhn.fhir.jpa.config.JpaConfig;
import ca.uhn.fhir.jpa.provider.JpaCapabilityStatementProvider;
import ca.uhn.fhir.jpa.provider.JpaConformanceProviderDstu2;
import ca.uhn.fhir.jpa.provider.JpaSystemProvider;
import ca.uhn.fhir.jpa.provider.dstu3.JpaConformanceProviderDstu3;
import ca.uhn.fhir.jpa.search.DatabaseBackedPagingProvider;
import ca.uhn.fhir.jpa.test.config.TestDstu2Config;
import ca.uhn.fhir.jpa.test.config.TestDstu3Config;
import ca.uhn.fhir.jpa.test.config.TestR4BConfig;
import ca.uhn.fhir.jpa.test.config.TestR4Config;
import ca.uhn.fhir.jpa.test.config.TestR5Config;
import ca.uhn.fhir.rest.api.EncodingEnum;
import ca.uhn.fhir.rest.api.server.RequestDetails;
import ca.uhn.fhir.rest.server.RestfulServer;
import ca.uhn.fhir.rest.server.exceptions.AuthenticationException;
import ca.uhn.fhir.rest.server.exceptions.ForbiddenOperationException;
import ca.uhn.fhir.rest.server.provider.ResourceProviderFactory;
import ca.uhn.fhir.rest.server.util.ISearchParamRegistry;
import ca.uhn.fhir.system.HapiTestSystemProperties;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.net.InetSocketAddress;
import java.util.Map;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.ee10.servlet.ServletHolder;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;

/**
 * Serves a real HAPI FHIR store on loopback until standard input ends.
 *
 * <p>Arguments: FHIR version (dstu2, stu3, r4, r4b, r5; r4 when left out), port (0, the default, takes a free
 * one), bearer token (none: open to all). Prints one line, "READY" and the base URL, once it answers.
 */
public final class Launcher {
    private static final Map<String, Class<?>> CONFIGURATIONS = Map.of(
            "dstu2", TestDstu2Config.class,
            "stu3", TestDstu3Config.class,
            "r4", TestR4Config.class,
            "r4b", TestR4BConfig.class,
            "r5", TestR5Config.class);

    private Launcher() {}

    public static void main(String[] arguments) throws Exception {
        PrintStream announcements = System.out;
        System.setOut(System.err); // nothing but the READY line may reach the reader of standard output
        String version = argument(arguments, 0, "r4");
        Class<?> configuration = CONFIGURATIONS.get(version);
        if (configuration == null) {
            throw new IllegalArgumentException("unknown FHIR version " + version + ", not in " + CONFIGURATIONS.keySet());
        }
        HapiTestSystemProperties.enableUnlimitedDbConnections(); // the default, eight, starves parallel searches
        ApplicationContext beans = new AnnotationConfigApplicationContext(configuration);
        FhirStore store = new FhirStore(version, beans);
        String token = argument(arguments, 2, "");
        if (!token.isEmpty()) {
            store.registerInterceptor(new BearerCheck(token));
        }
        int port = serve(store, Integer.parseInt(argument(arguments, 1, "0")));
        announcements.println("READY http://127.0.0.1:" + port + "/fhir");
        stopWith(System.in);
    }

    private static String argument(String[] arguments, int position, String otherwise) {
        return arguments.length > position ? arguments[position] : otherwise;
    }

    private static int serve(RestfulServer store, int port) throws Exception {
        ServletContextHandler context = new ServletContextHandler("/");
        ServletHolder holder = new ServletHolder(store);
        holder.setInitOrder(1); // a store that cannot start fails here, not at the first request
        context.addServlet(holder, "/fhir/*");
        Server server = new Server(new InetSocketAddress("127.0.0.1", port));
        server.setHandler(context);
        server.start();
        return ((ServerConnector) server.getConnectors()[0]).getLocalPort();
    }

    /** The pipe closes when the test run ends, even one that was killed, so that no server is left behind. */
    private static void stopWith(InputStream input) throws IOException {
        while (input.read() >= 0) {}
        Runtime.getRuntime().halt(0);
    }

    private static final class FhirStore extends RestfulServer {
        private static final long serialVersionUID = 1;
        private final String version;
        private final transient ApplicationContext beans;

        FhirStore(String version, ApplicationContext beans) {
            super(beans.getBean(FhirContext.class));
            this.version = version;
            this.beans = beans;
        }

        @Override
        protected void initialize() {
            setDefaultResponseEncoding(EncodingEnum.JSON);
            registerProviders(beans.getBean(ResourceProviderFactory.class).createProviders());
            registerProvider(beans.getBean(JpaSystemProvider.class));
            setServerConformanceProvider(conformance());
            setPagingProvider(beans.getBean(DatabaseBackedPagingProvider.class));
        }

        @SuppressWarnings("unchecked") // the context holds one system DAO, the one of its own FHIR version
        private Object conformance() {
            IFhirSystemDao<?, ?> dao = beans.getBean(IFhirSystemDao.class);
            JpaStorageSettings settings = beans.getBean(JpaStorageSettings.class);
            ISearchParamRegistry parameters = beans.getBean(ISearchParamRegistry.class);
            return switch (version) {
                case "dstu2" -> new JpaConformanceProviderDstu2(this, (IFhirSystemDao) dao, settings);
                case "stu3" -> new JpaConformanceProviderDstu3(this, (IFhirSystemDao) dao, settings, parameters);
                default -> new JpaCapabilityStatementProvider(this, dao, settings, parameters,
                        beans.getBean(JpaConfig.JPA_VALIDATION_SUPPORT_CHAIN, IValidationSupport.class));
            };
        }
    }

    /** Answers 401 without a token and 403 with another one, to every request for a type that the store knows. */
    @Interceptor
    public static final class BearerCheck {
        private final String expected;

        BearerCheck(String token) {
            this.expected = "Bearer " + token;
        }

        @Hook(Pointcut.SERVER_INCOMING_REQUEST_PRE_HANDLED)
        public void check(RequestDetails request) {
            String given = request.getHeader("Authorization");
            if (given == null) {
                throw new AuthenticationException("a bearer token is required");
            }
            if (!given.equals(expected)) {
                throw new ForbiddenOperationException("this bearer token is not accepted");
            }
        }
    }
}
