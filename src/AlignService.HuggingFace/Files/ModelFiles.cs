namespace AlignService.HuggingFace.Files;

/// <summary>The names of files in a model directory besides its weights.</summary>
internal static class ModelFiles
{
    internal const string ConfigFile = "config.json";
    internal const string GenerationFile = "generation_config.json";

    /// <summary>Files that belong to a model, where they exist.</summary>
    private static readonly string[] Companions =
    [
        GenerationFile, "tokenizer.json", "tokenizer_config.json", "tokenizer.model", "special_tokens_map.json", "added_tokens.json", "vocab.json", "merges.txt",
        "chat_template.jinja", "chat_template.json", "LICENSE",
    ];

    /// <summary>Copies all existing files except config.json.</summary>
    internal static void Copy(string sourceDirectory, string targetDirectory)
    {
        foreach (string name in Companions.Where(name => File.Exists(Path.Combine(sourceDirectory, name))))
        {
            WriteThrough(Path.Combine(targetDirectory, name), File.ReadAllBytes(Path.Combine(sourceDirectory, name)));
        }
    }

    /// <summary>Writes a new file; it is on the disk when this returns.</summary>
    internal static void WriteThrough(string path, byte[] bytes)
    {
        using FileStream stream = new(path, FileMode.CreateNew, FileAccess.Write, FileShare.None);
        stream.Write(bytes);
        stream.Flush(flushToDisk: true);
    }
}
