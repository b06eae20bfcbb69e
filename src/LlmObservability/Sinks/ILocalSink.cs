namespace LlmObservability.Sinks;

/// <summary>A sink that keeps calls on this machine, so that a spool on the same machine in front of it would add nothing.</summary>
internal interface ILocalSink;
