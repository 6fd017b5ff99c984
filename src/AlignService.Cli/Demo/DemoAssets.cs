using AlignService.Cli.JobFiles;
using AlignService.Cli.Output;
using AlignService.Contracts.V1;

namespace AlignService.Cli.Demo;

/// <summary>The demo's job, prompts and models, which are installed beside the program.</summary>
internal static class DemoAssets
{
    public static string Folder => Path.Combine(AppContext.BaseDirectory, "demo");

    /// <param name="seed">Replaces the job file's.</param>
    /// <param name="shuffle">The control run: rewards are permuted at random, so nothing can be learned from them.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    public static async Task<JobSpec> LoadJobAsync(ulong seed, bool shuffle, CancellationToken cancellationToken)
    {
        string path = Path.Combine(Folder, "job.yaml");
        if (!File.Exists(path))
        {
            throw new CommandException(ExitCode.InternalError, $"The demo's files are missing: {path} does not exist. Rebuild the program; the build copies them beside it.");
        }

        var spec = (await JobFile.ReadAsync(path, [], cancellationToken)).Spec;
        spec.Seed = seed;
        if (shuffle)
        {
            spec.DisplayName += " (control: shuffled rewards)";
            spec.Grpo.Algorithm ??= new GrpoAlgorithm();
            spec.Grpo.Algorithm.ShuffleRewards = true;
        }

        return spec;
    }
}
