using LlmObservability.Testing.Postgres;

namespace LlmObservability.Testing.Tools;

/// <summary>A folder per tool and version that lasts between runs: filled once, by one process, and seen whole or not at all.</summary>
internal static class InstalledOnce
{
    /// <param name="name">The tool and its version.</param>
    /// <param name="install">Fills the folder.</param>
    public static async Task<string> InstallAsync(string name, Func<string, Task> install)
    {
        var installed = Path.Combine(PostgresBinaries.TemporaryRoot, name);
        PostgresBinaries.CreateReadable(PostgresBinaries.TemporaryRoot);
        await using (await PostgresBinaries.LockAsync(installed + ".lock"))
        {
            if (Directory.Exists(installed))
            {
                return installed;
            }

            var partial = installed + ".partial";
            if (Directory.Exists(partial))
            {
                Directory.Delete(partial, recursive: true);
            }

            PostgresBinaries.CreateReadable(partial);
            await install(partial);
            Directory.Move(partial, installed);
        }

        return installed;
    }
}
