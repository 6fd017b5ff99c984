namespace AlignService.HuggingFace.Adapters;

/// <summary>What a model's directory leads to: the directory of a whole checkpoint, and an adapter over it where the directory holds one.</summary>
/// <param name="BaseDirectory">A Hugging Face directory: configuration, weights, tokenizer.</param>
/// <param name="AdapterDirectory">A PEFT directory; null: the model is the base itself.</param>
public sealed record AdaptedModel(string BaseDirectory, string? AdapterDirectory)
{
    /// <summary>Follows an adapter to its base: an absolute path, or one that starts at the adapter's own directory.</summary>
    /// <exception cref="CheckpointException">The base is not named, not there, or an adapter itself.</exception>
    public static AdaptedModel At(string directory)
    {
        if (!PeftDirectory.IsAdapter(directory))
        {
            return new(directory, AdapterDirectory: null);
        }

        string name = PeftConfig.Read(directory).BaseModel
            ?? throw new CheckpointException($"{directory} is an adapter whose {PeftConfig.FileName} names no base (base_model_name_or_path); write the base's directory there.");
        string found = Path.GetFullPath(name, Path.GetFullPath(directory));
        if (!Directory.Exists(found))
        {
            throw new CheckpointException(
                $"{directory} is an adapter over '{name}' (base_model_name_or_path in {PeftConfig.FileName}), but there is no directory {found}; "
                + "put the base's directory there: an absolute path, or one that starts at the adapter's directory.");
        }

        return PeftDirectory.IsAdapter(found)
            ? throw new CheckpointException($"{directory} is an adapter over {found}, which is an adapter too; merge that one into its base first (align model merge).")
            : new(found, directory);
    }
}
