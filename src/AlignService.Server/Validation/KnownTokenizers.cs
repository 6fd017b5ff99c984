using AlignService.Text.Tokenization;

namespace AlignService.Server.Validation;

/// <summary>Tokenizers of the models that jobs were submitted on, which any number of requests use at once.</summary>
internal static class KnownTokenizers
{
    private static readonly FolderCache<Tokenizer> Cache = new(Tokenizer.Load);

    /// <exception cref="CheckpointException">The folder's tokenizer cannot be used.</exception>
    public static Tokenizer Load(string folder) => Cache.Get(folder);
}
