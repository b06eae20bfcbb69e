using Microsoft.Extensions.AI;

namespace LlmObservability.Chat;

/// <summary>What a client says of itself, read once when it is wrapped.</summary>
internal sealed record ClientIdentity(string? Provider, string? ServerAddress, int? ServerPort, string? DefaultModel)
{
    private static readonly ClientIdentity Unknown = new(null, null, null, null);

    public static ClientIdentity Of(IChatClient client, LlmObserver observer)
    {
        try
        {
            if (client.GetService(typeof(ChatClientMetadata)) is not ChatClientMetadata metadata)
            {
                return Unknown;
            }

            var (host, port) = Server(metadata.ProviderUri);
            return new ClientIdentity(
                ProviderName(Tags.BoundedText.Clean(metadata.ProviderName), host), host, port,
                Tags.BoundedText.Clean(metadata.DefaultModelId));
        }
        catch (Exception error)
        {
            observer.RecorderFailed(error);
            return Unknown;
        }
    }

    private static (string? Host, int? Port) Server(Uri? uri)
    {
        return uri is { IsAbsoluteUri: true, Host.Length: > 0 } ? (uri.Host, uri.Port) : (null, null);
    }

    /// <summary>The OpenAI adapter says <c>openai</c> for Azure too; the conventions have a name of its own for that.</summary>
    private static string? ProviderName(string? name, string? host)
    {
        var azure = host is not null
            && (host.EndsWith(".openai.azure.com", StringComparison.OrdinalIgnoreCase)
                || host.EndsWith(".cognitiveservices.azure.com", StringComparison.OrdinalIgnoreCase));
        return azure && (name is null || string.Equals(name, "openai", StringComparison.OrdinalIgnoreCase)) ? "azure.ai.openai" : name;
    }
}
