using LlmObservability.OpenTelemetry.Otlp;

namespace LlmObservability.OpenTelemetry.Tests.Otlp;

/// <summary>Whose keys go to which server, and what of headers and addresses is refused at the start.</summary>
public sealed class OtlpKeysTests
{
    private static readonly (string, string?)[] Keys =
    [
        ("OTEL_EXPORTER_OTLP_HEADERS", "api-key=secret"), ("OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE", "c.pem"), ("OTEL_EXPORTER_OTLP_CLIENT_KEY", "k.pem"),
        ("OTEL_EXPORTER_OTLP_CERTIFICATE", "roots.pem"), ("OTEL_EXPORTER_OTLP_COMPRESSION", "gzip"),
    ];

    [Theory]
    [InlineData("https://vendor", "http://collector:4318", false)]
    [InlineData("https://vendor", "https://other", false)]
    [InlineData("https://vendor", "http://vendor:443", false)]
    [InlineData("https://vendor", "https://vendor:8443", false)]
    [InlineData("https://vendor.example", "https://vendor", false)]
    [InlineData("https://vendor", "https://vendor:443/otlp", true)]
    [InlineData("https://vendor/v1/logs", "https://VENDOR", true)]
    [InlineData("not an address", "https://vendor", false)]
    [InlineData(null, "http://localhost:4318", false)]
    public void With_an_endpoint_of_its_own_a_sink_takes_the_keys_of_the_same_server_alone(string? told, string own, bool taken)
    {
        var settings = Of(new OtlpLlmOptions { Endpoint = new Uri(own) }, [.. Keys, ("OTEL_EXPORTER_OTLP_ENDPOINT", told)]);
        settings.Headers.Count.ShouldBe(taken ? 1 : 0);
        (settings.ClientCertificateFile, settings.ClientKeyFile).ShouldBe(taken ? ("c.pem", "k.pem") : (null, null));
        // What is no key counts.
        (settings.Gzip, settings.CertificateFile).ShouldBe((true, "roots.pem"));
        Of(new OtlpLlmOptions { Endpoint = new Uri(own), UseVariables = true }, [.. Keys, ("OTEL_EXPORTER_OTLP_ENDPOINT", told)]).Headers.Count.ShouldBe(1);
        Of(new OtlpLlmOptions { Endpoint = new Uri(own), UseVariables = false }, [.. Keys, ("OTEL_EXPORTER_OTLP_ENDPOINT", told)]).Headers.ShouldBeEmpty();
    }

    [Fact]
    public void The_server_of_the_variables_is_the_signals_own_first()
    {
        (string, string?)[] variables = [.. Keys, ("OTEL_EXPORTER_OTLP_ENDPOINT", "https://all"), ("OTEL_EXPORTER_OTLP_LOGS_ENDPOINT", "https://logs/here")];
        Of(new OtlpLlmOptions { Endpoint = new Uri("https://logs") }, variables).Headers.ShouldHaveSingleItem();
        Of(new OtlpLlmOptions { Endpoint = new Uri("https://all") }, variables).Headers.ShouldBeEmpty();
    }

    [Fact]
    public void Without_an_endpoint_of_its_own_it_takes_them()
    {
        var settings = Of(new OtlpLlmOptions(), [.. Keys, ("OTEL_EXPORTER_OTLP_ENDPOINT", "https://vendor")]);
        settings.Headers.ShouldBe([new("api-key", "secret")]);
        (settings.ClientCertificateFile, settings.ClientKeyFile).ShouldBe(("c.pem", "k.pem"));
    }

    [Theory]
    [InlineData("http://collector:4317")]
    [InlineData("https://collector:4317/v1/logs")]
    public void An_endpoint_of_its_own_for_gRPC_is_refused_as_the_variables_is(string endpoint)
    {
        var own = Should.Throw<ArgumentException>(() => Of(new OtlpLlmOptions { Endpoint = new Uri(endpoint) }, [("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf")])).Message;
        var told = Should.Throw<ArgumentException>(() => Of(new OtlpLlmOptions(), [("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint)])).Message;
        own.ShouldBe(told.Replace("OTEL_EXPORTER_OTLP_ENDPOINT", "LlmObservability:Otlp:Endpoint", StringComparison.Ordinal));
        own.ShouldContain("4318");
    }

    [Theory]
    [InlineData("Content-Language")]
    [InlineData("Expires")]
    [InlineData("Allow")]
    [InlineData("Last-Modified")]
    [InlineData("content-md5")]
    public void A_header_that_tells_of_a_content_is_refused_at_the_start(string name)
    {
        var options = new OtlpLlmOptions { Headers = { [name] = "t0psecret" } };
        var thrown = Should.Throw<ArgumentException>(() => Of(options, []));
        thrown.Message.ShouldContain("LlmObservability:Otlp:Headers");
        thrown.ToString().ShouldNotContain("t0psecret");
    }

    [Theory]
    [InlineData("Authorization", "Basic dTpw")]
    [InlineData("api-key", "a b")]
    [InlineData("User-Agent", "shop/1 (beta")]
    [InlineData("Host", "other")]
    public void Others_are_taken(string name, string value) => Of(new OtlpLlmOptions { Headers = { [name] = value } }, []).Headers.ShouldHaveSingleItem();

    [Fact]
    public void A_second_sink_is_told_its_own_section()
    {
        Refused(new OtlpLlmOptions { Timeout = TimeSpan.Zero }, "LlmObservability:Otlp:vendor:Timeout,");
        Refused(new OtlpLlmOptions { Endpoint = new Uri("http://c:4317") }, "LlmObservability:Otlp:vendor:Endpoint is");
        Refused(new OtlpLlmOptions { Endpoint = new Uri("ftp://c") }, "LlmObservability:Otlp:vendor:Endpoint must");
        Refused(new OtlpLlmOptions { Endpoint = new Uri("http://u:p@c") }, "(LlmObservability:Otlp:vendor:Headers)");
        Refused(new OtlpLlmOptions { Headers = { ["a b"] = "" } }, "LlmObservability:Otlp:vendor:Headers,");
        Refused(new OtlpLlmOptions { CertificateFile = "/nowhere.pem" }, "LlmObservability:Otlp:vendor:CertificateFile");

        static void Refused(OtlpLlmOptions options, string told) =>
            Should.Throw<ArgumentException>(() => new OtlpLlmSink(options, "vendor")).Message.ShouldContain(told);
    }

    [Theory]
    [InlineData("otlp", 401, "LlmObservability:Otlp:Headers")]
    [InlineData("vendor", 401, "LlmObservability:Otlp:vendor:Headers")]
    [InlineData("vendor", 404, "LlmObservability:Otlp:vendor:Endpoint")]
    [InlineData("vendor", 308, "LlmObservability:Otlp:vendor:Endpoint")]
    public async Task And_so_it_is_when_a_server_refuses(string sinks, int status, string told)
    {
        await using var server = await OtlpServer.StartAsync((_, _, http) => OtlpServer.SayAsync(http, status, ""));
        using var sink = new OtlpLlmSink(Sending.To(server.Address), sinks);
        (await sink.FailAsync(Sending.Calls(1))).Message.ShouldContain(told);
    }

    private static OtlpSettings Of(OtlpLlmOptions options, (string Name, string? Value)[] variables) =>
        OtlpSettings.Of(options, "otlp", name => variables.FirstOrDefault(variable => variable.Name == name).Value, application: null);
}
