// align-client ADDRESS list
// align-client ADDRESS validate JOB.json
// align-client ADDRESS submit JOB.json            submits, follows to the end
// align-client ADDRESS push datasets/ID FILE...   uploads data; models/ID DIRECTORY uploads a model
// align-client ADDRESS pull jobs/ID/checkpoints/best DIRECTORY
//
// ALIGN_API_KEY holds the key, if the server asks for one.
using AlignService.Client;
using AlignService.Contracts.V1;

AlignClientOptions options = new()
{
    Address = new Uri(args[0].Contains("://", StringComparison.Ordinal) ? args[0] : $"http://{args[0]}"),
    ApiKey = Environment.GetEnvironmentVariable("ALIGN_API_KEY") is { Length: > 0 } key ? key : null,
    Lost = lost => Console.Error.WriteLine($"{lost.Address} does not answer; again in {lost.Pause.TotalSeconds} s"),
};
using AlignClient client = new(options);
try
{
    switch (args[1])
    {
        case "list":
            await foreach (Job job in client.Jobs.ListAsync(new ListJobsRequest(), limit: 50))
            {
                Console.WriteLine($"{job.Name}  {job.State}  {job.Spec.DisplayName}");
            }

            return 0;

        case "validate":
            // An error has room for the first violations only; the response has all.
            CreateJobResponse checkedJob = await client.Jobs.CreateAsync(new CreateJobRequest { Spec = Read(args[2]), ValidateOnly = true, ListViolations = true });
            foreach (SpecViolation violation in checkedJob.Violations)
            {
                Console.WriteLine($"{violation.Field} [{violation.Reason}]: {violation.Description}");
            }

            return checkedJob.Violations.Count > 0 ? 2 : 0;

        case "submit":
            Job submitted = await client.Jobs.SubmitAsync(Read(args[2]));
            Console.WriteLine($"{submitted.Name} is queued");
            await foreach (JobEvent happened in client.Jobs.WatchAsync(submitted.Name))
            {
                if (happened.KindCase != JobEvent.KindOneofCase.Samples)
                {
                    Console.WriteLine(happened.Text);
                }
            }

            Job ended = await client.Jobs.GetAsync(submitted.Name);
            Console.WriteLine($"{ended.Name}: {ended.State}");
            return ended.State == JobState.Succeeded ? 0 : 1;

        case "push" when args[2].StartsWith("datasets/", StringComparison.Ordinal):
            PushedDataset pushed = await client.Datasets.PushAsync(args[2], [.. args[3..].Select(path => new LocalFile(Path.GetFileName(path), path))]);
            Console.WriteLine(pushed.Dataset is { } dataset ? $"{dataset.Name}: {dataset.RowCount} rows" : string.Join('\n', pushed.Faults));
            return pushed.Dataset is null ? 2 : 0;

        case "push":
            LocalFile[] files = [.. Directory.GetFiles(args[3]).Select(path => new LocalFile(Path.GetFileName(path), path))];
            (StoredModel model, _) = await client.Models.PushAsync(args[2], files);
            Console.WriteLine($"{model.Name}: {model.Kind}");
            return 0;

        case "pull":
            DownloadStart pulled = await client.Models.PullAsync(args[2], args[3]);
            Console.WriteLine($"{pulled.Name} is in {args[3]}");
            return 0;

        default:
            Console.Error.WriteLine($"\"{args[1]}\" is none of list, validate, submit, push, pull");
            return 64;
    }
}
catch (AlignCallException exception)
{
    Console.Error.WriteLine($"{exception.StatusCode}: {exception.Message}");
    foreach (CallViolation violation in exception.Violations)
    {
        Console.Error.WriteLine($"{violation.Field}: {violation.Description}");
    }

    return exception.IsUnreachable ? 3 : 2;
}

static JobSpec Read(string path) => JobSpec.Parser.ParseJson(File.ReadAllText(path));
