using LlmObservability.Segments;

namespace LlmObservability.Tests.Segments;

public sealed class DiskSegmentFilesTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("segments-").FullName;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string Home => Path.Combine(_root, "deep", "log");

    [Fact]
    public async Task A_log_on_disk_is_read_back_and_is_its_owners_only()
    {
        var files = new DiskSegmentFiles(Home);
        using (var log = Open(files))
        {
            await using var writer = log.OpenWriter();
            for (byte i = 1; i <= 100; i++)
            {
                writer.TryAppend(i, new byte[i * 10], out _).ShouldBe(AppendOutcome.Appended);
                await writer.FlushAsync(toDisk: i % 10 == 0, Token);
            }
        }

        using var again = Open(files);
        await again.OpenWriter().DisposeAsync();
        using var reader = again.OpenReader();
        for (byte i = 1; i <= 100; i++)
        {
            reader.TryRead(out var record).ShouldBeTrue();
            record.Position.ShouldBe(i);
            record.Kind.ShouldBe(i);
            record.Payload.Length.ShouldBe(i * 10);
        }

        reader.TryRead(out _).ShouldBeFalse();
        again.FreeBytes.ShouldBeGreaterThan(0);
        if (!OperatingSystem.IsWindows())
        {
            File.GetUnixFileMode(Home).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            var names = Directory.GetFiles(Home);
            names.Length.ShouldBeGreaterThanOrEqualTo(4);
            foreach (var name in names)
            {
                File.GetUnixFileMode(name).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite, name);
            }
        }
    }

    [Fact]
    public void A_second_opening_fails_with_an_error_that_names_the_directory_and_the_way_out()
    {
        var log = Open(new DiskSegmentFiles(Home));
        var message = Should.Throw<SegmentsLockedException>(() => Open(new DiskSegmentFiles(Home))).Message;
        message.ShouldContain(Home);
        message.ShouldContain("a directory of its own");
        log.Dispose();
        Open(new DiskSegmentFiles(Home)).Dispose();
    }

    [Fact]
    public void Files_are_created_once_read_at_offsets_cut_renamed_and_deleted()
    {
        var files = new DiskSegmentFiles(Home);
        using var held = files.Lock();
        using (var file = files.Create("a"))
        {
            Should.Throw<IOException>(() => files.Create("a"));
            file.Write("hello"u8, 0);
            file.Write("world"u8, 10);
            file.FlushToDisk();
            file.Length.ShouldBe(15);
            file.Truncate(12);
            var read = new byte[20];
            file.Read(read, 3).ShouldBe(9);
            read[..9].ShouldBe([.. "lo"u8, 0, 0, 0, 0, 0, .. "wo"u8]);
            file.Read(read, 12).ShouldBe(0);
        }

        files.Rename("a", "b");
        files.FlushDirectory();
        files.List().ShouldContain("b");
        files.List().ShouldNotContain("a");
        Should.Throw<FileNotFoundException>(() => files.Open("a"));
        files.Delete("b");
        files.Delete("b");
        files.List().ShouldNotContain("b");
    }

    [Fact]
    public void A_full_disk_is_told_from_other_errors()
    {
        DiskFull.Is(new IOException("", 28)).ShouldBeTrue();
        DiskFull.Is(new IOException("", unchecked((int)0x80070070))).ShouldBeTrue();
        DiskFull.Is(new IOException("", 5)).ShouldBeFalse();
        DiskFull.Is(new UnauthorizedAccessException()).ShouldBeFalse();
        if (OperatingSystem.IsLinux())
        {
            using var full = new DiskSegmentFile(new FileStream("/dev/full", FileMode.Open, FileAccess.Write, FileShare.ReadWrite, 0));
            DiskFull.Is(Should.Throw<IOException>(() => full.Write(new byte[10], 0))).ShouldBeTrue();
        }
    }

    [Fact]
    public void A_directory_that_cannot_be_made_is_an_error_with_its_path()
    {
        var file = Path.Combine(_root, "file");
        File.WriteAllText(file, "");
        Should.Throw<IOException>(() => Open(new DiskSegmentFiles(Path.Combine(file, "log")))).Message.ShouldContain(file);
    }

    public void Dispose() => Directory.Delete(_root, recursive: true);

    private static SegmentDirectory Open(DiskSegmentFiles files) =>
        SegmentDirectory.Open(files, SegmentRig.Small, TimeProvider.System, happened => throw new InvalidOperationException(happened.ToString()));
}
