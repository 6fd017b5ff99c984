using System.CommandLine;
using AlignService.Server.Hosting;

namespace AlignService.Cli.Commands;

/// <summary>The options of `serve` and `worker`: one per operator's setting, each also an environment variable and a key of the configuration.</summary>
internal sealed class HostOptions
{
    private readonly IReadOnlyList<HostOption> _options;
    private readonly Option<string?> _file = new("--config")
    {
        Description = $"JSON file with these settings under {HostSettingCatalog.Section}, as in {{\"{HostSettingCatalog.Section}\": {{\"LeaseSeconds\": 60}}}} [env: {HostSettingCatalog.FileVariable}]",
        HelpName = "FILE",
    };

    /// <param name="isServer">Whether the settings of the server alone are wanted too.</param>
    public HostOptions(bool isServer) => _options = [.. HostSettingCatalog.All.Where(setting => isServer || !setting.ServerOnly).Select(HostOption.Of)];

    public void AddTo(Command command)
    {
        foreach (HostOption option in _options)
        {
            command.Add(option.Option);
        }

        command.Add(_file);
    }

    /// <exception cref="AlignException">A value, or the configuration's file, is at fault.</exception>
    public HostSettings Read(ParseResult result) =>
        HostSettingCatalog.Read(_options.ToDictionary(option => option.Setting.Key, option => option.Values(result)), result.GetValue(_file));

    /// <summary>A setting on the command line. Its values stay text here: one place reads them, wherever they come from.</summary>
    private sealed record HostOption(HostSetting Setting, Option Option, Func<ParseResult, IReadOnlyList<string>> Values)
    {
        public static HostOption Of(HostSetting setting)
        {
            string description = $"{setting.Description} [env: {setting.Variable}] [default: {setting.Default}]";
            if (setting.IsList)
            {
                var list = new Option<string[]>(setting.Flag) { Description = description, HelpName = setting.HelpName };
                return new HostOption(setting, list, result => result.GetValue(list) ?? []);
            }

            var option = new Option<string?>(setting.Flag) { Description = description };
            if (setting.Choices.Count > 0)
            {
                option.AcceptOnlyFromAmong([.. setting.Choices]);
            }
            else
            {
                option.HelpName = setting.HelpName;
            }

            return new HostOption(setting, option, result => result.GetValue(option) is { } value ? [value] : []);
        }
    }
}
