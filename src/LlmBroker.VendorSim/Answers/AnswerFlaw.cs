namespace LlmBroker.Simulation.Answers;

/// <summary>What is wrong with an answer that a vendor delivers as good.</summary>
internal enum AnswerFlaw
{
    None = 0,
    WrongNumber,
    WrongLanguage,
    Declined,
    CutShort,
    LowScore,
}
