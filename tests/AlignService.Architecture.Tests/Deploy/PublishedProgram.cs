using System.Diagnostics;
using AlignService.Architecture.Tests.Deploy;
using Xunit;

[assembly: AssemblyFixture(typeof(PublishedProgram))]

namespace AlignService.Architecture.Tests.Deploy;

/// <summary>The program as the Dockerfile's build stage publishes it, from a clean copy of the checkout; made by the first test that asks.</summary>
public sealed class PublishedProgram : IAsyncDisposable
{
    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("align-publish-");
    private readonly SemaphoreSlim _lock = new(1);
    private bool _published;

    internal string AppFolder => Path.Combine(_root.FullName, "app");

    internal string DataFolder => Path.Combine(_root.FullName, "data");

    internal DockerfileCommands Commands => new(AppFolder, DataFolder);

    public ValueTask DisposeAsync()
    {
        _root.Delete(recursive: true);
        _lock.Dispose();
        return ValueTask.CompletedTask;
    }

    internal async Task PublishAsync()
    {
        await _lock.WaitAsync(TestContext.Current.CancellationToken);
        try
        {
            if (!_published)
            {
                await PublishOnceAsync();
                _published = true;
            }
        }
        finally
        {
            _lock.Release();
        }
    }

    private async Task PublishOnceAsync()
    {
        string source = Path.Combine(_root.FullName, "source");
        CleanCheckout.CopyTo(source);
        Directory.CreateDirectory(DataFolder);

        ProcessStartInfo start = new("sh", ["-c", Commands.Publish]) { RedirectStandardOutput = true, WorkingDirectory = source };
        foreach ((string name, string value) in DockerfileCommands.Arguments)
        {
            start.Environment[name] = value;
        }

        // Build nodes that outlive the build would hold its output open.
        start.Environment["MSBUILDDISABLENODEREUSE"] = "1";
        using Process process = Process.Start(start)!;
        string output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(process.ExitCode == 0, output);
    }
}
