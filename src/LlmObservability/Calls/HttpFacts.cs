namespace LlmObservability.Calls;

/// <summary>What the headers of one response told. Immutable.</summary>
/// <param name="Status">The HTTP status.</param>
/// <param name="ServedModel">The model that served, where a header says it; storable.</param>
/// <param name="Detail">What is kept of it.</param>
internal sealed record HttpFacts(int Status, string? ServedModel, LlmHttpDetail Detail);
