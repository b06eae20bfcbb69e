using Microsoft.Extensions.DependencyInjection;

namespace LlmObservability;

/// <summary>What <c>AddLlmObservability</c> returns: sinks, stores and clients hang off it.</summary>
public interface ILlmObservabilityBuilder
{
    /// <summary>The application's services.</summary>
    IServiceCollection Services { get; }
}
