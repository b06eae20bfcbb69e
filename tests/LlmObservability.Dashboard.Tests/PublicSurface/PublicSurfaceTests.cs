using LlmObservability.Testing;

namespace LlmObservability.Dashboard.Tests;

public sealed class PublicSurfaceTests
{
    [Fact]
    public void The_dashboards_public_surface_is_the_approved_one() => PublicSurface.ShouldBeApproved(typeof(LlmDashboardOptions).Assembly);

    [Fact]
    public void The_dashboard_references_the_core_and_neither_a_database_nor_another_package_of_this_product()
    {
        var references = typeof(LlmDashboardOptions).Assembly.GetReferencedAssemblies().Select(assembly => assembly.Name!).ToList();
        references.Where(name => name.StartsWith("LlmObservability", StringComparison.Ordinal)).ShouldBe(["LlmObservability"]);
        references.ShouldNotContain(name => name.StartsWith("Npgsql", StringComparison.Ordinal));
    }
}
