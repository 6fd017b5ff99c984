using AlignService.Cli.Output;

namespace AlignService.Cli.History;

/// <summary>A file that rows are written to, in the format that its name says. Complete or not there: it is written under another name and renamed.</summary>
internal static class ExportFile
{
    /// <param name="path">Ends with one of the extensions.</param>
    /// <param name="formats">How each extension (.csv) is written.</param>
    /// <returns>What the write returned.</returns>
    /// <exception cref="CommandException">The name has another extension.</exception>
    public static async Task<int> WriteAsync(string path, IReadOnlyDictionary<string, Func<FileStream, Task<int>>> formats)
    {
        if (!formats.TryGetValue(Path.GetExtension(path).ToLowerInvariant(), out Func<FileStream, Task<int>>? write))
        {
            throw new CommandException(ExitCode.BadInput, $"--export {path} does not say the format; the name must end with {string.Join(" or ", formats.Keys)}.");
        }

        string part = path + ".part";
        try
        {
            int count;
            await using (FileStream file = File.Create(part))
            {
                count = await write(file);
            }

            File.Move(part, path, overwrite: true);
            return count;
        }
        catch
        {
            File.Delete(part);
            throw;
        }
    }
}
