namespace AlignService.Training.Tests.Fakes;

/// <summary>A folder that is removed at the end of the test.</summary>
internal sealed class RunFolder : IDisposable
{
    public string Root { get; } = Directory.CreateTempSubdirectory("align-training-").FullName;

    public string File(string name, params string[] lines)
    {
        string path = Path.Combine(Root, name);
        System.IO.File.WriteAllLines(path, lines);
        return path;
    }

    /// <summary>A new folder with the tiny Llama and its tokenizer.</summary>
    public string TinyModel(string name, string? chatTemplate = null)
    {
        string folder = Directory.CreateDirectory(Path.Combine(Root, name)).FullName;
        foreach (string file in Directory.GetFiles(TinyRun.Model))
        {
            System.IO.File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
        }

        TinyTokenizer.WriteTo(folder, chatTemplate);
        return folder;
    }

    public void Dispose() => Directory.Delete(Root, recursive: true);
}
