namespace LlmObservability.Calls;

/// <summary>A kind of clients: what its calls are called, and where such a client tells of itself. One instance a kind; immutable.</summary>
/// <param name="operation">The GenAI operation of its calls.</param>
/// <param name="outputType">What its calls are asked for, where nothing more special is.</param>
/// <param name="read">Asks a client's <c>GetService</c> for what it says of itself; null when it says nothing.</param>
internal sealed class ClientKind(string operation, string outputType, Func<Func<Type, object?, object?>, ClientDetails?> read)
{
    public string Operation => operation;

    public string OutputType => outputType;

    /// <summary>The output type for spans of this kind; null where the options of a call decide.</summary>
    public string? SpanOutputType => operation == LlmVocabulary.GenerateContent ? outputType : null;

    /// <summary>Puts counts that an adapter gives without telling what they are of into the class that this kind is about; null where they are text.</summary>
    public Func<LlmTokens, LlmTokens>? Classify { get; init; }

    public ClientDetails? DetailsOf(Func<Type, object?, object?> services) => read(services);
}

/// <summary>What a client says of itself.</summary>
/// <param name="Provider">The provider's name.</param>
/// <param name="Uri">Where the provider is.</param>
/// <param name="DefaultModel">The model of calls that name none.</param>
/// <param name="Dimensions">The dimensions of that model's embeddings.</param>
internal sealed record ClientDetails(string? Provider, Uri? Uri, string? DefaultModel, int? Dimensions = null);
