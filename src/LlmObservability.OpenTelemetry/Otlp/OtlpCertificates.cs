using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace LlmObservability.OpenTelemetry.Otlp;

/// <summary>Whom the sink trusts and who it is, where files say so.</summary>
internal static class OtlpCertificates
{
    /// <exception cref="ArgumentException">A file cannot be read, or holds something else; says which.</exception>
    public static void Apply(SslClientAuthenticationOptions tls, OtlpSettings settings)
    {
        if (settings.CertificateFile is { } trusted)
        {
            var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
            policy.CustomTrustStore.AddRange(Read(settings, nameof(OtlpLlmOptions.CertificateFile), () => Certificates(trusted)));
            tls.CertificateChainPolicy = policy;
        }

        if (settings is { ClientCertificateFile: { } certificate, ClientKeyFile: { } key })
        {
            tls.ClientCertificateContext = Read(
                settings,
                nameof(OtlpLlmOptions.ClientCertificateFile),
                () => SslStreamCertificateContext.Create(WithKey(certificate, key), Certificates(certificate), offline: true));
        }
    }

    private static X509Certificate2Collection Certificates(string path)
    {
        var certificates = new X509Certificate2Collection();
        certificates.ImportFromPemFile(path);
        return certificates.Count > 0 ? certificates : throw new CryptographicException();
    }

    private static X509Certificate2 WithKey(string certificate, string key)
    {
        var read = X509Certificate2.CreateFromPemFile(certificate, key);
        if (!OperatingSystem.IsWindows())
        {
            return read;
        }

        // There, TLS wants a key that went through a store's format.
        using (read)
        {
            var exported = read.Export(X509ContentType.Pkcs12);
#if NET9_0_OR_GREATER
            return X509CertificateLoader.LoadPkcs12(exported, password: null);
#else
            return new X509Certificate2(exported);
#endif
        }
    }

    private static T Read<T>(OtlpSettings settings, string option, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException)
        {
            throw new ArgumentException(
                $"{settings.Section}:{option} (or OpenTelemetry's variable for it) must be the path of a PEM file that can be read; it gave {error.GetType().Name}.", option);
        }
    }
}
