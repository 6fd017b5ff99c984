using AlignService.HuggingFace.Adapters;

namespace AlignService.HuggingFace.Integrity;

/// <summary>Whether a model that is about to be used is the one that was written.</summary>
public static class ModelIntegrity
{
    /// <summary>Compares the model's files, and for an adapter those of its base, with their manifests where they have one.</summary>
    /// <exception cref="CheckpointException">A file is damaged, or an adapter's base cannot be found.</exception>
    public static void Check(string directory, CancellationToken cancellationToken)
    {
        // Before anything is read from it: an adapter's configuration names its base.
        CheckOne(directory, cancellationToken);
        CheckBase(directory, cancellationToken);
    }

    /// <summary>As <see cref="Check(string, CancellationToken)"/>, where the base may be another than the adapter names.</summary>
    /// <exception cref="CheckpointException">A file is damaged.</exception>
    public static void Check(AdaptedModel model, CancellationToken cancellationToken)
    {
        CheckOne(model.BaseDirectory, cancellationToken);
        if (model.AdapterDirectory is { } adapter)
        {
            CheckOne(adapter, cancellationToken);
        }
    }

    /// <summary>Compares only the files of an adapter's base.</summary>
    /// <exception cref="CheckpointException">A file is damaged, or the base cannot be found.</exception>
    public static void CheckBase(string directory, CancellationToken cancellationToken)
    {
        if (AdaptedModel.At(directory) is { AdapterDirectory: not null } model)
        {
            CheckOne(model.BaseDirectory, cancellationToken);
        }
    }

    /// <summary>The sentence of a damaged directory.</summary>
    internal static string Describe(string directory, FileDamage damage) =>
        $"{directory} is damaged: {damage}. Use another checkpoint; if you changed the file yourself, delete {CheckpointManifest.FileName}, which says what was written.";

    /// <summary>Compares the directory's own files, and no base's.</summary>
    /// <exception cref="CheckpointException">A file is damaged.</exception>
    public static void CheckOne(string directory, CancellationToken cancellationToken)
    {
        if (CheckpointManifest.FindDamage(directory, ManifestScope.Model, cancellationToken) is { } damage)
        {
            throw new CheckpointException(Describe(directory, damage));
        }
    }
}
