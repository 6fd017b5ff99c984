using System.Runtime.CompilerServices;
using AlignService.HuggingFace.Adapters;
using AlignService.HuggingFace.Inspection;
using AlignService.Text.Tokenization;

namespace AlignService.Server.Validation;

/// <summary>Models that jobs were submitted on.</summary>
internal static class KnownModels
{
    private static readonly FolderCache<ModelFolder> Folders = new(ModelFolder.Read) { PartsOf = BaseAndAdapter };
    private static readonly FolderCache<StrongBox<long>> Sizes = new(folder => new StrongBox<long>(ModelInspector.CountParameters(folder))) { PartsOf = BaseAndAdapter };

    /// <exception cref="CheckpointException">The directory cannot be used as a model.</exception>
    public static ModelFolder Read(string directory) => Folders.Get(directory);

    /// <exception cref="CheckpointException">The directory cannot be used as a model.</exception>
    public static long CountParameters(string directory) => Sizes.Get(directory).Value;

    /// <summary>Changes with the model's files, and with those of an adapter's base.</summary>
    /// <exception cref="CheckpointException">The directory cannot be used as a model.</exception>
    public static string StampOf(string directory) => string.Join('\n', BaseAndAdapter(directory).Select(FolderStamp.Of));

    private static IEnumerable<string> BaseAndAdapter(string directory)
    {
        AdaptedModel model = AdaptedModel.At(directory);
        return model.AdapterDirectory is { } adapter ? [model.BaseDirectory, adapter] : [directory];
    }
}

/// <summary>Tokenizers of the models that jobs were submitted on, which any number of requests use at once.</summary>
internal static class KnownTokenizers
{
    private static readonly FolderCache<Tokenizer> Cache = new(Tokenizer.Load);

    /// <exception cref="CheckpointException">The folder's tokenizer cannot be used.</exception>
    public static Tokenizer Load(string folder) => Cache.Get(folder);
}
