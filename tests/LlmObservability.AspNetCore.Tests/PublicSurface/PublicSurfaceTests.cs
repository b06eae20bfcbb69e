using LlmObservability.Testing;

namespace LlmObservability.AspNetCore.Tests;

public sealed class PublicSurfaceTests
{
    [Fact]
    public void The_public_surface_is_the_approved_one() => PublicSurface.ShouldBeApproved(typeof(LlmAspNetCoreOptions).Assembly);

    [Fact]
    public void It_references_neither_telemetry_packages_nor_a_store()
    {
        typeof(LlmAspNetCoreOptions).Assembly.GetReferencedAssemblies().Select(assembly => assembly.Name!)
            .ShouldNotContain(name => name.StartsWith("OpenTelemetry", StringComparison.Ordinal)
                || name.StartsWith("Npgsql", StringComparison.Ordinal)
                || (name.StartsWith("LlmObservability", StringComparison.Ordinal) && name != "LlmObservability"));
    }
}
