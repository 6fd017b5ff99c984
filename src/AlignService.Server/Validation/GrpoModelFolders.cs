namespace AlignService.Server.Validation;

/// <summary>The models of policy optimization that already exist.</summary>
/// <param name="Policy">Null where it is invalid or not written yet.</param>
/// <param name="RewardModels">Those of the rewards, process reward models included.</param>
internal sealed record GrpoModelFolders(ModelFolder? Policy, IReadOnlyList<RewardFolder> RewardModels);

/// <summary>A reward's model.</summary>
/// <param name="Field">Where the job names it.</param>
/// <param name="Folder">Where it is.</param>
internal sealed record RewardFolder(string Field, ModelFolder Folder);
