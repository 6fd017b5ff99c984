using AlignService.HuggingFace.Integrity;
using AlignService.Jobs.Ports;
using AlignService.Specs.Resources;

namespace AlignService.Jobs.Runs;

/// <summary>Resolves a job's `model` to a directory.</summary>
public sealed class ModelDirectories(ICheckpointStore checkpoints, DataRoot data)
{
    /// <param name="reference">A directory, models/{model}, or jobs/{job}/checkpoints/{step-NNNNNN, last or best}.</param>
    /// <exception cref="CheckpointException">The directory or checkpoint does not exist, or is damaged.</exception>
    public string Resolve(string reference) => Resolve(reference, static _ => { });

    /// <param name="reference">A directory, models/{model}, or jobs/{job}/checkpoints/{step-NNNNNN, last or best}.</param>
    /// <param name="warn">Receives what a user must know: a damaged checkpoint was passed over.</param>
    /// <exception cref="CheckpointException">The directory or checkpoint does not exist, or is damaged.</exception>
    public string Resolve(string reference, Action<string> warn)
    {
        ModelReference model = ModelReference.Parse(reference);
        if (model is { JobId: { } job, CheckpointName: { } name })
        {
            FoundCheckpoint found = checkpoints.Find(job, name);
            foreach (string warning in found.Warnings)
            {
                warn(warning);
            }

            ModelIntegrity.CheckBase(found.Directory, CancellationToken.None);
            return found.Directory;
        }

        string directory = Path.GetFullPath(data.ModelDirectory(reference));
        if (!Directory.Exists(directory))
        {
            throw new CheckpointException(
                $"model is '{reference}', but the directory {directory} does not exist; give a Hugging Face directory that this machine can read, "
                + "models/{model}, or jobs/{job}/checkpoints/{step-NNNNNN, last or best}.");
        }

        ModelIntegrity.Check(directory, CancellationToken.None);
        return directory;
    }
}
