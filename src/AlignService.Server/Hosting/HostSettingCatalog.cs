using System.Reflection;
using AlignService.Specs.Violations;
using Microsoft.Extensions.Configuration;

namespace AlignService.Server.Hosting;

/// <summary>Every operator's setting, and how it is read: the option wins over the variable, the variable over the configuration.</summary>
public static class HostSettingCatalog
{
    public const string Section = "Align";

    /// <summary>Names the configuration's file.</summary>
    public const string FileVariable = "ALIGN_CONFIG";

    public static IReadOnlyList<HostSetting> All { get; } =
        [.. typeof(HostSettings).GetProperties().Where(property => property.IsDefined(typeof(HostSettingAttribute))).Select(property => new HostSetting(property))];

    public static HostSetting Of(string key) => All.Single(setting => setting.Key == key);

    /// <param name="flags">What the command line gives, by the setting's key.</param>
    /// <param name="file">A JSON file with a section Align; null takes the variable <see cref="FileVariable"/>.</param>
    /// <exception cref="AlignException">The file cannot be read, a key is unknown, or a value is out of its range.</exception>
    public static HostSettings Read(IReadOnlyDictionary<string, IReadOnlyList<string>> flags, string? file) => Read(flags, file, Environment.GetEnvironmentVariable);

    internal static HostSettings Read(IReadOnlyDictionary<string, IReadOnlyList<string>> flags, string? file, Func<string, string?> variable)
    {
        IConfigurationSection section = Configuration(file ?? Given(variable(FileVariable)));
        var settings = new HostSettings();
        foreach (HostSetting setting in All)
        {
            IReadOnlyList<string> values = flags.TryGetValue(setting.Key, out var given) && given.Count > 0 ? given
                : Given(variable(setting.Variable)) is { } text ? setting.IsList ? List(text) : [text]
                : Configured(setting, section.GetSection(setting.Key));
            if (values.Count > 0)
            {
                setting.Set(settings, values);
            }
        }

        return settings;
    }

    /// <summary>The settings as environment variables, for a process that is to run with the same ones.</summary>
    internal static Dictionary<string, string> ToEnvironment(HostSettings settings) =>
        All.Where(setting => !setting.ServerOnly).ToDictionary(setting => setting.Variable, setting => string.Join(',', setting.ToText(settings)));

    private static IConfigurationSection Configuration(string? file)
    {
        var builder = new ConfigurationBuilder();
        if (file is not null)
        {
            builder.AddJsonFile(File.Exists(file) ? Path.GetFullPath(file) : throw new ServerStartException($"There is no configuration file {file} (--config or {FileVariable})."));
        }

        try
        {
            IConfigurationSection section = builder.AddEnvironmentVariables().Build().GetSection(Section);
            return section.GetChildren().FirstOrDefault(child => !All.Any(setting => setting.Key.Equals(child.Key, StringComparison.OrdinalIgnoreCase))) is { } unknown
                ? throw new ServerStartException($"The configuration has {Section}:{unknown.Key}, which is not a setting. {NearNames.Suggest(unknown.Key, All.Select(setting => setting.Key))}")
                : section;
        }
        catch (Exception fault) when (fault is InvalidDataException or FormatException)
        {
            throw new ServerStartException($"The configuration file {file} cannot be read: {fault.GetBaseException().Message}", fault);
        }
    }

    /// <summary>A value, a list with commas in it, or the children of a JSON array.</summary>
    private static string[] Configured(HostSetting setting, IConfigurationSection section) =>
        Given(section.Value) is { } text ? setting.IsList ? List(text) : [text] : [.. section.GetChildren().Select(child => Given(child.Value)).OfType<string>()];

    private static string[] List(string text) => text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    private static string? Given(string? text) => string.IsNullOrEmpty(text) ? null : text;
}
