namespace LlmObservability.Dashboard.Export;

/// <summary>A transfer ends before its end: the connection is cut, so that nobody takes the part for the whole.</summary>
internal sealed class TransferBrokenException(string reason) : Exception(reason);
