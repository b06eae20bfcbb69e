namespace LlmObservability.Sinks;

/// <summary>A sink that keeps calls on this machine itself, so that a spool in front of it would only write everything twice.</summary>
internal interface ILocalSink;
