export interface Course {
  slug: string;
  name: string;
  line: string;
  about: string;
  after: string;
  fee: number;
}

export const courses: Course[];
export function pounds(amount: number): string;
