using AlignService.Specs.Violations;
using AlignService.Text.Tokenization;

namespace AlignService.Server.Validation;

/// <summary>Warns of tokens that a tokenizer's files name for a role, but that it does not have.</summary>
internal static class TokenRoleRules
{
    public static void Warn(Tokenizer tokenizer, ViolationList violations, string field)
    {
        if (tokenizer.RolesWithoutId.Count > 0)
        {
            violations.Warn(
                field,
                $"its tokenizer has no token for {string.Join(", ", tokenizer.RolesWithoutId)}: where a chat template writes it, it is encoded as plain text and ends nothing; "
                + "add it to tokenizer.json and resize the embedding, or name a token that the tokenizer has.");
        }
    }
}
