/** The five courses of the made-up university. Fees are pounds a year. */
export const courses = [
  {
    slug: "data-science", name: "Data Science", award: "BSc (Hons)", school: "School of Computing", years: 3, fee: 9535, ucas: "G101", entry: "AAB with Maths",
    line: "Statistics you can defend, software you can ship.",
    about: "You start with a messy table in week one and end with a system that other people rely on. In between: probability, databases, honest experiments, and the habit of checking whether a number means what it seems to mean.",
    year: [["Probability and inference", "Programming for data", "Databases"], ["Machine learning", "Experiments and causes", "Visual design of evidence"], ["Data in the public interest", "Team project with a partner", "Dissertation"]],
    after: "Analysts at hospitals, grid operators, newsrooms and games studios",
  },
  {
    slug: "nursing", name: "Nursing", award: "BSc (Hons)", school: "School of Health", years: 3, fee: 9250, ucas: "B740", entry: "BBC or access diploma",
    line: "Half your hours on a ward, all of them counted.",
    about: "Adult, child or mental health: 2,300 hours with patients in eleven hospitals and forty clinics across the county, a simulated ward open day and night, and a mentor who stays with you for three years.",
    year: [["Body systems", "Care and communication", "First placement"], ["Medicines and safety", "Long-term conditions", "Community placement"], ["Leading a shift", "Evidence for practice", "Final placement"]],
    after: "96 % registered and in work four months after graduating",
  },
  {
    slug: "law", name: "Law", award: "LLB (Hons)", school: "School of Law", years: 3, fee: 9535, ucas: "M100", entry: "AAB",
    line: "Argue it in court three, on the ground floor.",
    about: "Northgate keeps a working law clinic: from the second year you take real cases on housing, employment and benefits under supervision. The doctrine is all there. So are the people it is about.",
    year: [["Contract", "Public law", "Legal method"], ["Tort", "Land law", "Law clinic I"], ["Equity and trusts", "Law clinic II", "Dissertation or moot"]],
    after: "Solicitors, barristers, policy advisers and two sitting judges",
  },
  {
    slug: "architecture", name: "Architecture", award: "BArch", school: "School of the Built Environment", years: 4, fee: 9790, ucas: "K100", entry: "ABB and a portfolio",
    line: "Draw it on Monday, build it at full size by Friday.",
    about: "A studio course with a hall tall enough for what you design. Every year ends with one thing built at full size, in timber, stone or earth, by the people who drew it, and then lived with for a season.",
    year: [["Studio 1: a room", "Drawing", "Materials"], ["Studio 2: a house", "Structures", "Histories of the north"], ["Studio 3: a street", "Climate and comfort", "Practice year option"]],
    after: "Practices from Aberdeen to Zurich; a third start their own",
  },
  {
    slug: "economics", name: "Economics", award: "BSc (Hons)", school: "School of Social Science", years: 3, fee: 9535, ucas: "L100", entry: "AAB with Maths",
    line: "Models on the board, wages and rents out of the window.",
    about: "Theory taught together with the county it describes. Students run a quarterly survey of five hundred local firms, and the council reads it before it sets its budget.",
    year: [["Micro and macro", "Mathematics", "Economic history"], ["Econometrics", "Public finance", "The Northgate survey"], ["Labour and place", "Money and banks", "Dissertation"]],
    after: "Treasury, central banks, consultancies, combined authorities",
  },
];

export const pounds = (amount) => `£${amount.toLocaleString("en-GB")}`;
