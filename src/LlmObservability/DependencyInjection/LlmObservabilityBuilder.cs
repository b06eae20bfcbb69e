using Microsoft.Extensions.DependencyInjection;

namespace LlmObservability.DependencyInjection;

/// <summary>The builder; registered as an instance so that a second <c>AddLlmObservability</c> finds it.</summary>
internal sealed class LlmObservabilityBuilder(IServiceCollection services) : ILlmObservabilityBuilder
{
    public IServiceCollection Services { get; } = services;

    /// <summary>Sinks in the order in which they were added.</summary>
    public List<string> SinkNames { get; } = [];
}
