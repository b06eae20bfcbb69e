using LlmObservability.Testing;

namespace LlmObservability.Tests;

public sealed class PublicSurfaceTests
{
    [Fact]
    public void The_cores_public_surface_is_the_approved_one() => PublicSurface.ShouldBeApproved(typeof(LlmObserver).Assembly);

    [Fact]
    public void The_core_references_neither_a_database_nor_a_web_server_nor_telemetry_packages()
    {
        typeof(LlmObserver).Assembly.GetReferencedAssemblies().Select(assembly => assembly.Name!)
            .ShouldNotContain(name => name.StartsWith("Npgsql", StringComparison.Ordinal)
                || name.StartsWith("Microsoft.AspNetCore", StringComparison.Ordinal)
                || name.StartsWith("OpenTelemetry", StringComparison.Ordinal));
    }
}
