using AlignService.Jobs;
using AlignService.Jobs.Ports;
using AlignService.Specs;
using AlignService.Specs.Binding;
using AlignService.Specs.Violations;
using Wire = AlignService.Contracts.V1;

namespace AlignService.Server.Rpc;

/// <summary>Which jobs a list is to have, from the wire.</summary>
internal static class JobConditions
{
    private const int MostLabels = 64, LongestText = 255;

    /// <exception cref="InvalidRequestException">One of them is not a state.</exception>
    public static List<JobState> ReadStates(Wire.ListJobsRequest request)
    {
        var states = new List<JobState>();
        for (int i = 0; i < request.States.Count; i++)
        {
            states.Add(EnumNames.ToRecord<Wire.JobState, JobState>(request.States[i])
                ?? throw new InvalidRequestException($"states[{i}]", $"{request.States[i]} is not a state; leave `states` empty for all."));
        }

        return states;
    }

    /// <exception cref="InvalidRequestException">A condition that no job can meet by its nature, or an unknown order.</exception>
    public static JobFilter Read(Wire.ListJobsRequest request)
    {
        for (int i = 0; i < request.Kinds.Count; i++)
        {
            if (!JobSpecWire.KindNames.Contains(request.Kinds[i]))
            {
                throw new InvalidRequestException($"kinds[{i}]", $"\"{Text.ShortText.Cut(request.Kinds[i], 50)}\" is not a kind of job. {NearNames.Suggest(request.Kinds[i], JobSpecWire.KindNames)}");
            }
        }

        if (request.Labels.Count > MostLabels || request.Labels.Any(label => label.Key.Length > LongestText || label.Value.Length > LongestText))
        {
            throw new InvalidRequestException("labels", $"there are {request.Labels.Count}, or one is longer than {LongestText} characters; at most {MostLabels} of that length are allowed.");
        }

        if (request.DisplayName.Length > LongestText)
        {
            throw new InvalidRequestException("display_name", $"it has {request.DisplayName.Length} characters; at most {LongestText} are allowed.");
        }

        return new JobFilter
        {
            Kinds = [.. request.Kinds.Distinct()],
            Labels = request.Labels.ToDictionary(),
            DisplayName = request.DisplayName,
            Order = request.Order switch
            {
                Wire.JobOrder.Unspecified or Wire.JobOrder.Newest => JobOrder.Newest,
                Wire.JobOrder.Score => JobOrder.Score,
                _ => throw new InvalidRequestException("order", $"{request.Order} is not an order known to this server; give JOB_ORDER_NEWEST or JOB_ORDER_SCORE."),
            },
        };
    }
}
