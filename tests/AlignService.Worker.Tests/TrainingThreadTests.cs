using System.Diagnostics;
using AlignService.Jobs;
using AlignService.Jobs.Runs;
using AlignService.Jobs.Workers;
using AlignService.Model.Native;
using AlignService.Specs;
using AlignService.Specs.Data;
using AlignService.Specs.Data.Files;
using AlignService.Specs.Examples;
using AlignService.Specs.JobKinds;
using AlignService.Specs.Resources;
using AlignService.Specs.Settings;
using AlignService.Store.Checkpoints;
using AlignService.Testing;
using Xunit;

namespace AlignService.Worker.Tests;

/// <summary>The thread that trains must survive what .NET makes of a hardware exception, on CPUs with AMX too (decision 28).</summary>
public sealed class TrainingThreadTests
{
    private static readonly SupervisedJob Narrow = new()
    {
        Model = Path.Combine(Repository.Root, "src", "AlignService.Cli", "Demo", "assets", "policy"),
        Examples = new ExampleSourceConfig { Inline = [.. Enumerable.Range(0, 32).Select(i => new Example(new Prompt(i, "sort ljefm:", null, null), "efjlm"))] },
        Config = new() { Memory = new() { PolicyDtype = PolicyDtype.BF16 } },
    };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>In a process of its own: a stack for signals that is too small ends the process, which is to fail this test and not all of them.</summary>
    [Fact]
    public async Task NullReference_AfterABFloat16Step_IsAnExceptionLikeAnyOther()
    {
        ProcessStartInfo start = new(
            Environment.ProcessPath!, ["-method", $"{typeof(TrainingThreadTests).FullName}.{nameof(RaiseAfterABFloat16Step)}", "-explicit", "only", "-noColor"])
        {
            RedirectStandardOutput = true,
        };
        using Process process = Process.Start(start)!;
        string output = await process.StandardOutput.ReadToEndAsync(Token);
        await process.WaitForExitAsync(Token);

        Assert.True(process.ExitCode == 0, $"ended with {process.ExitCode}: {output}");
        Assert.Contains("Total: 1, Errors: 0, Failed: 0", output, StringComparison.Ordinal);
    }

    [Fact(Explicit = true)]
    public async Task RaiseAfterABFloat16Step()
    {
        TimeProvider time = TimeProvider.System;
        string data = Directory.CreateTempSubdirectory("align-worker-").FullName;
        Job job = new() { Id = new JobId("narrow"), Spec = new JobSpec { Kind = Narrow }, CreateTime = time.GetUtcNow(), UpdateTime = time.GetUtcNow() };
        TrainingRunFactory runs = new(new ModelDirectories(new FileCheckpointStore(data, time), FilePolicy.Anywhere), new RunAccess(FilePolicy.Anywhere), new TrainingRunOptions(), time);
        await using var thread = new TrainingThread(new TrainingPulse(() => 0, TimeProvider.System));
        ITrainingRun run = await thread.RunAsync(() => runs.Create(job));
        await thread.RunAsync(() => run.Prepare(null, Token));
        await thread.RunAsync(() => run.RunStep(Token));

        string? nothing = null;
        await Assert.ThrowsAsync<NullReferenceException>(() => thread.RunAsync(() => nothing!.Length));

        // All that a CPU without AMX can tell: there the exception above fits .NET's own stack too.
        nuint size = await thread.RunAsync(() => SignalStack.Current.Size);
        Assert.True(size >= SignalStack.Size, $"the training thread's stack for signals has {size} bytes");
        await thread.RunAsync(run.Dispose);
        Directory.Delete(data, recursive: true);
    }
}
