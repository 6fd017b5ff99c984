using System.Text.Json;
using AlignService.Text.Json;

namespace AlignService.Text.Tokenization.Files;

/// <summary>Reads the JSON and text files of a tokenizer. Throws a <see cref="CheckpointException"/> for anything invalid.</summary>
internal static class TokenizerFile
{
    private const long LargestFile = 256L << 20;

    // A key that stands twice means one thing to one reader and another to the next.
    private static readonly JsonDocumentOptions UniqueKeys = new() { AllowDuplicateProperties = false };

    public static JsonField Read(string path) => Parse(ReadBytes(path), Path.GetFileName(path));

    public static JsonField? ReadIfPresent(string path) => File.Exists(path) ? Read(path) : null;

    public static string ReadText(string path) => ExactText.Decode(ReadBytes(path), path);

    public static JsonField Parse(ReadOnlyMemory<byte> json, string name) => new(PythonJson.Parse(json, name, UniqueKeys).RootElement, name);

    private static byte[] ReadBytes(string path)
    {
        try
        {
            long length = new FileInfo(path).Length;
            return length <= LargestFile
                ? File.ReadAllBytes(path)
                : throw new CheckpointException($"{path} has {length} bytes; a tokenizer file may have at most {LargestFile}.");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new CheckpointException($"{path} cannot be read: {exception.Message}", exception);
        }
    }
}
