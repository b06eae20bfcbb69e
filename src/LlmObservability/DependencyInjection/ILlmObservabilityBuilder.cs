using Microsoft.Extensions.DependencyInjection;

namespace LlmObservability;

/// <summary>What stores and sinks are added to.</summary>
public interface ILlmObservabilityBuilder
{
    /// <summary>The application's services.</summary>
    IServiceCollection Services { get; }
}
