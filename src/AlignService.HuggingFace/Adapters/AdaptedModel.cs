namespace AlignService.HuggingFace.Adapters;

/// <summary>What a model directory resolves to: the directory of a full checkpoint, and an adapter over it where the directory holds one.</summary>
/// <param name="BaseDirectory">A Hugging Face directory: configuration, weights, tokenizer.</param>
/// <param name="AdapterDirectory">A PEFT directory; null: the model is the base itself.</param>
public sealed record AdaptedModel(string BaseDirectory, string? AdapterDirectory)
{
    /// <summary>Follows an adapter to its base: an absolute path, or one relative to the adapter's directory.</summary>
    /// <exception cref="CheckpointException">The base is not named, does not exist, or is itself an adapter.</exception>
    public static AdaptedModel At(string directory)
    {
        if (!PeftDirectory.IsAdapter(directory))
        {
            return new(directory, AdapterDirectory: null);
        }

        string? name = PeftConfig.Read(directory).BaseModel;
        string found = PathOf(name, directory) ?? throw new CheckpointException($"{directory} is an adapter whose {PeftConfig.FileName} names no base; set base_model_name_or_path to the base's directory.");
        if (!Directory.Exists(found))
        {
            throw new CheckpointException(
                $"{directory} is an adapter over '{name}' (base_model_name_or_path in {PeftConfig.FileName}), but the directory {found} does not exist; "
                + "set it to the base's directory: an absolute path, or one relative to the adapter's directory.");
        }

        return PeftDirectory.IsAdapter(found)
            ? throw new CheckpointException($"{directory} is an adapter over {found}, which is also an adapter; merge that one into its base first (align model merge).")
            : new(found, directory);
    }

    /// <summary>Where an adapter's base should be, whether it is there or not; null where the directory holds no adapter, or it names no base.</summary>
    /// <exception cref="CheckpointException">The adapter's configuration is invalid.</exception>
    public static string? NamedBase(string directory) => PeftDirectory.IsAdapter(directory) ? PathOf(PeftConfig.Read(directory).BaseModel, directory) : null;

    private static string? PathOf(string? name, string directory) => name is null ? null : Path.GetFullPath(name, Path.GetFullPath(directory));
}
