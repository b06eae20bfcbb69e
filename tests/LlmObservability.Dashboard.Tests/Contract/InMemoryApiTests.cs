using Microsoft.Extensions.DependencyInjection;

namespace LlmObservability.Dashboard.Tests.Contract;

public sealed class InMemoryApiTests : ApiContract
{
    protected override void AddStore(ILlmObservabilityBuilder builder) => builder.AddInMemoryStore();
}
