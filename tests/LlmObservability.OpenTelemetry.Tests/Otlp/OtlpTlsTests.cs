using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using LlmObservability.Sinks;

namespace LlmObservability.OpenTelemetry.Tests.Otlp;

/// <summary>Certificates: whom the sink trusts, and who it is.</summary>
public sealed class OtlpTlsTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("llm-otlp-tls-");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task A_server_that_is_not_trusted_is_tried_again()
    {
        using var certificate = NewCertificate("server");
        await using var server = await OtlpServer.StartAsync(certificate: certificate);
        using var sink = Sending.Sink(server.Address);
        var thrown = await sink.FailAsync(Sending.Calls(1));
        thrown.Failure.ShouldBe(LlmSinkFailure.Transient);
        thrown.Message.ShouldContain("SecureConnectionError");
        server.Received.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_file_says_whom_to_trust()
    {
        using var certificate = NewCertificate("server");
        using var other = NewCertificate("other");
        await using var server = await OtlpServer.StartAsync(certificate: certificate);
        using var trusting = Sending.Sink(server.Address, options => options.CertificateFile = Certificate("server"));
        (await trusting.WriteAsync(Sending.Calls(2), Token)).Written.ShouldBe(2);
        using var mistaken = Sending.Sink(server.Address, options => options.CertificateFile = Certificate("other"));
        (await mistaken.FailAsync(Sending.Calls(1))).Failure.ShouldBe(LlmSinkFailure.Transient);
    }

    [Fact]
    public async Task A_server_may_want_to_know_who_comes()
    {
        using var certificate = NewCertificate("server");
        using var client = NewCertificate("client");
        string? seen = null;
        await using var server = await OtlpServer.StartAsync(
            (server, request, http) =>
            {
                seen = http.Connection.ClientCertificate?.Thumbprint;
                return server.TakeAsync(request, http);
            },
            certificate: certificate,
            wantsClientCertificate: true);
        using var sink = Sending.Sink(server.Address, options =>
        {
            options.CertificateFile = Certificate("server");
            options.ClientCertificateFile = Certificate("client");
            options.ClientKeyFile = Key("client");
        });
        (await sink.WriteAsync(Sending.Calls(2), Token)).Written.ShouldBe(2);
        seen.ShouldBe(client.Thumbprint);
        using var nobody = Sending.Sink(server.Address, options => options.CertificateFile = Certificate("server"));
        (await nobody.FailAsync(Sending.Calls(1))).Failure.ShouldBe(LlmSinkFailure.Transient);
    }

    private string Certificate(string name) => Path.Combine(_folder.FullName, name + ".pem");

    private string Key(string name) => Path.Combine(_folder.FullName, name + ".key");

    private X509Certificate2 NewCertificate(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=" + name, key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        var certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        File.WriteAllText(Certificate(name), certificate.ExportCertificatePem());
        File.WriteAllText(Key(name), key.ExportPkcs8PrivateKeyPem());
        return certificate;
    }
}
