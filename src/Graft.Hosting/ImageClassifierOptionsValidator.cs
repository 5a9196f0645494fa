using Microsoft.Extensions.Options;

namespace Graft.Hosting;

/// <summary>What can be wrong with the options before the file is read.</summary>
internal sealed class ImageClassifierOptionsValidator(string name) : IValidateOptions<ImageClassifierOptions>
{
    private static readonly TimeSpan MostInterval = TimeSpan.FromDays(1);

    public ValidateOptionsResult Validate(string? optionsName, ImageClassifierOptions options)
    {
        if (optionsName != name) return ValidateOptionsResult.Skip;
        string[] problems = [.. Problems(options)];
        return problems.Length == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(problems.Select(problem => $"{Registration.Describe(name)} cannot be served: {problem}"));
    }

    private static IEnumerable<string> Problems(ImageClassifierOptions options)
    {
        if (string.IsNullOrWhiteSpace(options.Path)) yield return $"no file is named. Set {nameof(options.Path)} to a .graft file.";
        else if (Directory.Exists(options.Path)) yield return $"'{options.Path}' is a folder. Set {nameof(options.Path)} to a .graft file.";
        else if (!File.Exists(options.Path)) yield return $"there is no file '{options.Path}'.";
        if (options.Threads < 0) yield return $"{nameof(options.Threads)} must be 0, one for each processor, or more, not {options.Threads}.";
        if (options.ReloadInterval <= TimeSpan.Zero || options.ReloadInterval > MostInterval)
            yield return $"{nameof(options.ReloadInterval)} must be more than zero and at most a day, not {options.ReloadInterval}.";
    }
}
