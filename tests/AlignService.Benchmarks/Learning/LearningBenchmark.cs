using System.Diagnostics;
using System.Globalization;
using AlignService.Jobs.Runs;
using AlignService.Specs.Data.Files;
using AlignService.Store.Checkpoints;
using AlignService.Worker;

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
            var models = new ModelDirectories(new FileCheckpointStore(scratch.FullName, TimeProvider.System), FilePolicy.Anywhere);
            LearningCurve curve = new LearningRun(new TrainingRunFactory(models, new RunAccess(FilePolicy.Anywhere), new TrainingRunOptions(), TimeProvider.System)).Run(LearningVariants.Find(variant), seed);
            new LearningFiles(folder).Write(curve);
        }
        finally
        {
            scratch.Delete(recursive: true);
        }
    }

    /// <summary>Curves as CSV, a table and a chart of the held-out success.</summary>
    public static async Task CompareAsync(IReadOnlyList<LearningVariant> variants, IReadOnlyList<ulong> seeds, string folder)
    {
        await RunAllAsync(variants, seeds, folder);
        IReadOnlyList<LearningCurve> curves = new LearningFiles(folder).Read(LearningVariants.All);
        await File.WriteAllLinesAsync(Path.Combine(folder, "success.svg"), SuccessChart.Lines(curves));
        await WriteTableAsync(LearningTable.Lines(curves), Path.Combine(folder, "table.md"));
    }

    /// <summary>Curves as CSV, and how near the adaptive coefficient brought the KL to its targets.</summary>
    public static async Task ControlKlAsync(IReadOnlyList<ulong> seeds, string folder)
    {
        await RunAllAsync(KlControlVariants.All, seeds, folder);
        await WriteTableAsync(KlControlTable.Lines(new LearningFiles(folder).Read(KlControlVariants.All)), Path.Combine(folder, "kl-control.md"));
    }

    private static async Task RunAllAsync(IReadOnlyList<LearningVariant> variants, IReadOnlyList<ulong> seeds, string folder)
    {
        foreach (LearningVariant variant in variants)
        {
            foreach (ulong seed in seeds)
            {
                await StartAsync(variant.Name, seed, folder);
            }
        }
    }

    private static async Task WriteTableAsync(IEnumerable<string> lines, string file)
    {
        await File.WriteAllLinesAsync(file, lines);
        await Console.Out.WriteAsync(await File.ReadAllTextAsync(file));
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
