using AlignService.Specs.Data;
using AlignService.Specs.Data.Files;
using AlignService.Specs.Data.Formats;
using AlignService.Specs.Examples;
using AlignService.Specs.Preferences;
using AlignService.Specs.Prompts;
using Xunit;

namespace AlignService.Training.Tests;

/// <summary>Reads data files without an operator's limits.</summary>
internal static class DataFiles
{
    public static IReadOnlyList<T> Read<T>(string file, int limit, Func<DataRow, int, T> read) =>
        DataFile.Read(new RowQuery(file, limit), FilePolicy.Anywhere, read, TestContext.Current.CancellationToken);

    public static IReadOnlyList<Prompt> Load(PromptSourceConfig source) => PromptFile.Load(source, FilePolicy.Anywhere, TestContext.Current.CancellationToken);

    public static IReadOnlyList<Example> Load(ExampleSourceConfig source) => ExampleFile.Load(source, FilePolicy.Anywhere, TestContext.Current.CancellationToken);

    public static IReadOnlyList<Preference> Load(PreferenceSourceConfig source) => PreferenceFile.Load(source, FilePolicy.Anywhere, TestContext.Current.CancellationToken);
}
