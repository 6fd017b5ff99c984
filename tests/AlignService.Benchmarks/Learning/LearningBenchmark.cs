using System.Diagnostics;
using System.Globalization;
using AlignService.Jobs;
using AlignService.Jobs.Runs;
using AlignService.Store.Checkpoints;

namespace AlignService.Benchmarks.Learning;

/// <summary>Lets variants learn the sorting task over several seeds, each run in a process of its own, and writes curves, a table and a chart.</summary>
internal static class LearningBenchmark
{
    /// <summary>The name of the command that does one run.</summary>
    public const string RunCommand = "learning-run";

    public static void RunOne(string variant, ulong seed, string folder)
    {
        DirectoryInfo scratch = Directory.CreateTempSubdirectory("align-learning-data-");
        try
        {
            var models = new ModelDirectories(new FileCheckpointStore(scratch.FullName, TimeProvider.System));
            LearningCurve curve = new LearningRun(new TrainingRunFactory(models, TimeProvider.System)).Run(LearningVariants.Find(variant), seed);
            new LearningFiles(folder).Write(curve);
        }
        finally
        {
            scratch.Delete(recursive: true);
        }
    }

    public static async Task RunAllAsync(IEnumerable<LearningVariant> variants, IReadOnlyList<ulong> seeds, string folder)
    {
        foreach (LearningVariant variant in variants)
        {
            foreach (ulong seed in seeds)
            {
                await StartAsync(variant.Name, seed, folder);
            }
        }

        IReadOnlyList<LearningCurve> curves = new LearningFiles(folder).ReadAll();
        await File.WriteAllLinesAsync(Path.Combine(folder, "table.md"), LearningTable.Lines(curves));
        await File.WriteAllLinesAsync(Path.Combine(folder, "success.svg"), SuccessChart.Lines(curves));
        foreach (string line in LearningTable.Lines(curves))
        {
            await Console.Out.WriteLineAsync(line);
        }
    }

    private static async Task StartAsync(string variant, ulong seed, string folder)
    {
        string[] arguments = [RunCommand, "--variants", variant, "--seeds", seed.ToString(CultureInfo.InvariantCulture), "--output", folder];
        using Process process = Process.Start(new ProcessStartInfo(Environment.ProcessPath!, arguments))!;
        await process.WaitForExitAsync();
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"The run of {variant} with seed {seed} ended with exit code {process.ExitCode}.");
        }
    }
}
