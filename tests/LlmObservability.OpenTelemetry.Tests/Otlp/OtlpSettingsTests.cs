using LlmObservability.OpenTelemetry.Otlp;
using LlmObservability.Telemetry;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace LlmObservability.OpenTelemetry.Tests.Otlp;

/// <summary>Where a sink's settings come from, what wins, and what is refused.</summary>
public sealed class OtlpSettingsTests
{
    [Fact]
    public void Without_any_setting_it_is_the_collector_of_this_machine()
    {
        var settings = Of(new OtlpLlmOptions());
        settings.Address.ShouldBe(new Uri("http://localhost:4318/v1/logs"));
        settings.Timeout.ShouldBe(TimeSpan.FromSeconds(10));
        settings.Gzip.ShouldBeFalse();
        settings.Headers.ShouldBeEmpty();
        settings.Signal.ShouldBe(OtlpSignal.Logs);
        settings.Conventions.ShouldBeSameAs(GenAiConventions.V141);
        settings.Resource.ShouldHaveSingleItem().Value.ShouldStartWith("unknown_service:");
    }

    [Theory]
    [InlineData(OtlpSignal.Logs, "http://c:4318", "http://c:4318/v1/logs")]
    [InlineData(OtlpSignal.Spans, "http://c:4318", "http://c:4318/v1/traces")]
    [InlineData(OtlpSignal.Logs, "http://c:4318/", "http://c:4318/v1/logs")]
    [InlineData(OtlpSignal.Logs, "https://c/otlp/", "https://c/otlp/v1/logs")]
    [InlineData(OtlpSignal.Logs, "https://c/otlp/v1/logs", "https://c/otlp/v1/logs")]
    [InlineData(OtlpSignal.Logs, "https://c/otlp?a=b", "https://c/otlp/v1/logs?a=b")]
    public void The_signals_path_is_put_behind_an_endpoint(OtlpSignal signal, string endpoint, string address)
    {
        Of(new OtlpLlmOptions { Signal = signal, Endpoint = new Uri(endpoint) }).Address.ShouldBe(new Uri(address));
        Of(new OtlpLlmOptions { Signal = signal }, ("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint)).Address.ShouldBe(new Uri(address));
    }

    [Fact]
    public void The_signals_own_variables_win_and_its_endpoint_is_used_as_it_is()
    {
        var settings = Of(
            new OtlpLlmOptions(),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://all:4318"),
            ("OTEL_EXPORTER_OTLP_LOGS_ENDPOINT", "http://logs:4318/here"),
            ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://traces:4318/there"),
            ("OTEL_EXPORTER_OTLP_HEADERS", "a=1"),
            ("OTEL_EXPORTER_OTLP_LOGS_HEADERS", "api-key=se%20cret%2C , b=2%3D"),
            ("OTEL_EXPORTER_OTLP_TIMEOUT", "3000"),
            ("OTEL_EXPORTER_OTLP_LOGS_TIMEOUT", "2500"),
            ("OTEL_EXPORTER_OTLP_COMPRESSION", "gzip"));
        settings.Address.ShouldBe(new Uri("http://logs:4318/here"));
        settings.Headers.ShouldBe([new("api-key", "se cret,"), new("b", "2=")]);
        settings.Timeout.ShouldBe(TimeSpan.FromMilliseconds(2_500));
        settings.Gzip.ShouldBeTrue();
    }

    [Fact]
    public void Code_wins_over_all_variables()
    {
        var options = new OtlpLlmOptions { Endpoint = new Uri("http://code:1"), Timeout = TimeSpan.FromSeconds(1), Compression = OtlpCompression.None };
        options.Headers["c"] = "3";
        options.ResourceAttributes["service.name"] = "code";
        var settings = Of(
            options,
            ("OTEL_EXPORTER_OTLP_LOGS_ENDPOINT", "http://logs:4318/here"),
            ("OTEL_EXPORTER_OTLP_LOGS_HEADERS", "a=1"),
            ("OTEL_EXPORTER_OTLP_LOGS_TIMEOUT", "2500"),
            ("OTEL_EXPORTER_OTLP_LOGS_COMPRESSION", "gzip"),
            ("OTEL_SERVICE_NAME", "variable"));
        settings.Address.ShouldBe(new Uri("http://code:1/v1/logs"));
        settings.Headers.ShouldBe([new("c", "3")]);
        settings.Timeout.ShouldBe(TimeSpan.FromSeconds(1));
        settings.Gzip.ShouldBeFalse();
        settings.Resource.ShouldBe([new("service.name", "code")]);
    }

    [Fact]
    public void A_second_sink_is_not_sent_the_first_ones_keys()
    {
        var settings = OtlpSettings.Of(
            new OtlpLlmOptions { Endpoint = new Uri("http://other") }, "vendor", name => name == "OTEL_EXPORTER_OTLP_HEADERS" ? "api-key=1" : null, application: null);
        settings.Headers.ShouldBeEmpty();
    }

    [Fact]
    public void The_resource_is_told_by_options_then_variables_then_the_application()
    {
        var application = new LlmObservabilityOptions { Service = "app", ServiceVersion = "1", Environment = "Production" };
        var options = new OtlpLlmOptions();
        options.ResourceAttributes["team"] = "core";
        var settings = OtlpSettings.Of(
            options, "otlp",
            name => name switch
            {
                "OTEL_RESOURCE_ATTRIBUTES" => "service.name=listed,service.version=2,k8s.pod.name=a%20b,malformed,=x",
                "OTEL_SERVICE_NAME" => "named",
                _ => null,
            },
            application);
        settings.Resource.ShouldBe(
        [
            new("deployment.environment.name", "Production"), new("k8s.pod.name", "a b"), new("service.name", "named"), new("service.version", "2"), new("team", "core"),
        ]);
    }

    [Fact]
    public void The_conventions_are_those_of_spans_and_metrics()
    {
        Of(new OtlpLlmOptions(), ("OTEL_SEMCONV_STABILITY_OPT_IN", "http,gen_ai_latest_experimental")).Conventions.ShouldBeSameAs(GenAiConventions.Latest);
        var application = new LlmObservabilityOptions();
        application.Telemetry.LatestConventions = true;
        OtlpSettings.Of(new OtlpLlmOptions(), "otlp", _ => null, application).Conventions.ShouldBeSameAs(GenAiConventions.Latest);
    }

    [Theory]
    [InlineData("OTEL_EXPORTER_OTLP_TIMEOUT", "10s")]
    [InlineData("OTEL_EXPORTER_OTLP_TIMEOUT", "1")]
    [InlineData("OTEL_EXPORTER_OTLP_COMPRESSION", "zstd")]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4318")]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT", "not an address")]
    [InlineData("OTEL_EXPORTER_OTLP_HEADERS", "t0psecret")]
    [InlineData("OTEL_EXPORTER_OTLP_HEADERS", "key=t0psecret%0d%0aX: y")]
    [InlineData("OTEL_EXPORTER_OTLP_HEADERS", "bad name=t0psecret")]
    [InlineData("OTEL_EXPORTER_OTLP_HEADERS", "content-type=t0psecret")]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT", "http://user:t0psecret@collector:4318")]
    [InlineData("OTEL_EXPORTER_OTLP_CLIENT_KEY", "key.pem")]
    public void What_is_wrong_is_said_without_repeating_it(string variable, string value)
    {
        var thrown = Should.Throw<ArgumentException>(() => Of(new OtlpLlmOptions(), (variable, value)));
        thrown.Message.ShouldContain("must", Case.Insensitive, customMessage: null);
        thrown.ToString().ShouldNotContain("t0psecret");
    }

    [Theory]
    [InlineData("http://c:4318", "grpc", false)]
    [InlineData("http://c:4317", null, false)]
    [InlineData("http://c:4317", "http/protobuf", true)]
    [InlineData("http://c:4318", "http/protobuf", true)]
    [InlineData("http://c:4318", "http/json", true)]
    public void An_address_for_gRPC_is_refused_with_what_to_set(string endpoint, string? protocol, bool right)
    {
        var make = () => Of(new OtlpLlmOptions(), ("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint), ("OTEL_EXPORTER_OTLP_PROTOCOL", protocol));
        if (right)
        {
            make().Address.ShouldBe(new Uri(endpoint + "/v1/logs"));
        }
        else
        {
            Should.Throw<ArgumentException>(make).Message.ShouldContain("LlmObservability:Otlp:Endpoint");
            Of(new OtlpLlmOptions { Endpoint = new Uri("http://c:4318") }, ("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint), ("OTEL_EXPORTER_OTLP_PROTOCOL", protocol))
                .Address.ShouldBe(new Uri("http://c:4318/v1/logs"));
        }
    }

    [Fact]
    public void Every_option_has_a_range()
    {
        Refused(new OtlpLlmOptions { Timeout = TimeSpan.Zero }, "Timeout");
        Refused(new OtlpLlmOptions { Timeout = TimeSpan.FromHours(1) }, "Timeout");
        Refused(new OtlpLlmOptions { Signal = (OtlpSignal)9 }, "Signal");
        Refused(new OtlpLlmOptions { Compression = (OtlpCompression)9 }, "Compression");
        Refused(new OtlpLlmOptions { Endpoint = new Uri("ftp://c") }, "Endpoint");
        Refused(new OtlpLlmOptions { Endpoint = new Uri("/relative", UriKind.Relative) }, "Endpoint");
        Refused(new OtlpLlmOptions { ClientCertificateFile = "c.pem" }, "ClientKeyFile");

        static void Refused(OtlpLlmOptions options, string option) =>
            Should.Throw<ArgumentException>(() => Of(options)).Message.ShouldContain(option);
    }

    [Fact]
    public void A_certificate_that_is_none_is_told_at_the_start()
    {
        Should.Throw<ArgumentException>(() => new OtlpLlmSink(new OtlpLlmOptions { CertificateFile = "/nowhere.pem", UseVariables = false }))
            .Message.ShouldContain("CertificateFile");
    }

    [Fact]
    public async Task In_a_host_section_and_variables_come_from_its_configuration()
    {
        await using var server = await OtlpServer.StartAsync();
        await using var other = await OtlpServer.StartAsync();
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { ApplicationName = "shop", EnvironmentName = "Staging" });
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["OTEL_EXPORTER_OTLP_ENDPOINT"] = server.Address.ToString(),
            ["OTEL_EXPORTER_OTLP_HEADERS"] = "api-key=1",
            ["LlmObservability:Otlp:Compression"] = "Gzip",
            ["LlmObservability:Otlp:Headers:x-team"] = "core",
            ["LlmObservability:Otlp:vendor:Endpoint"] = other.Address.ToString(),
            ["LlmObservability:Otlp:vendor:Signal"] = "Spans",
            ["LlmObservability:Otlp:vendor:Timeout"] = "00:00:05",
        });
        builder.Services.AddLlmObservability().AddOtlp().AddOtlp("vendor", options => options.Headers["vendor-key"] = "2");
        using var host = builder.Build();
        await host.StartAsync(TestContext.Current.CancellationToken);
        var observer = host.Services.GetRequiredService<LlmObserver>();
        observer.Record(LlmObservability.Testing.ScriptedCalls.Create(1)[0].Call, attempts: null);
        await observer.FlushAsync(TestContext.Current.CancellationToken);
        await host.StopAsync(TestContext.Current.CancellationToken);
        var request = server.Received.ShouldHaveSingleItem();
        request.Headers["x-team"].ShouldBe("core");
        request.Headers.ShouldNotContainKey("api-key");
        request.Headers["Content-Encoding"].ShouldBe("gzip");
        request.Resource["service.name"].GetProperty("stringValue").GetString().ShouldBe("shop");
        request.Resource["deployment.environment.name"].GetProperty("stringValue").GetString().ShouldBe("Staging");
        var second = other.Received.ShouldHaveSingleItem();
        second.Path.ShouldBe("/v1/traces");
        second.Headers["vendor-key"].ShouldBe("2");
    }

    [Fact]
    public async Task A_wrong_setting_fails_the_hosts_start()
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddLlmObservability().AddOtlp(options => options.Timeout = TimeSpan.Zero);
        using var host = builder.Build();
        (await Should.ThrowAsync<ArgumentException>(() => host.StartAsync(TestContext.Current.CancellationToken))).Message.ShouldContain("Otlp:Timeout");
    }

    private static OtlpSettings Of(OtlpLlmOptions options, params (string Name, string? Value)[] variables) =>
        OtlpSettings.Of(options, "otlp", name => variables.FirstOrDefault(variable => variable.Name == name).Value, application: null);
}
